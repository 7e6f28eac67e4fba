"""Tables of a team: the cells of files, what each column is, and which of them the target is predicted from."""

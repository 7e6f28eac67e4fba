"""The list of checkpoints, the page of one, evaluations and "Try it"."""

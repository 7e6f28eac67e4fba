"""Downloads, and the page that frees space."""

"""The list of all runs, and the page of one."""

"""The team's checkpoints, the page of one, evaluations and "Try it"."""

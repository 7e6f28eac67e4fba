"""The launch page, and the actions on runs."""

"""The launch page, and the buttons that change runs."""

"""What only datasets need of the store: room for files that arrive, and single examples of what is prepared."""

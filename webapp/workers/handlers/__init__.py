"""Handlers of each kind of job: the request to the trainer, and where its results are stored."""

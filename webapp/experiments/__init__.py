"""Experiments: a question about one dataset, and the runs that answer it.

Not here: runs.
"""

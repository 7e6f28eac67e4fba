"""Datasets as rows: what is known of one once a worker has read it, and having it read.

Not here: data, which only the trainer reads.
"""

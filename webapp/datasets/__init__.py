"""Datasets as database rows: what is known of one once a worker has read it, and requesting that.

Not here: the data itself, which only the trainer reads.
"""

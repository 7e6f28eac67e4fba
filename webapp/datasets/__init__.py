"""Datasets as database rows: facts, versions, whose they are, and requesting their preparation.

Not here: the data itself, which only the trainer reads.
"""

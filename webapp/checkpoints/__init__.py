"""Checkpoints, evaluations and predictions as rows: which is the latest or the best, which may be used, by whom.

Not here: files, which `webapp.storage` manages.
"""

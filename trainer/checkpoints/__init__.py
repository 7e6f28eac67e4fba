"""Checkpoints: the state of a training copied, written, verified, loaded, and checked for exact resume elsewhere.

Not here: where a site keeps checkpoints, and who has access to them.
"""

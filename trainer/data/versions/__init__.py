"""Versions of a dataset: labels that people corrected, and what differs between two versions.

A new version is a new prepared folder; the one it comes from never changes.
"""

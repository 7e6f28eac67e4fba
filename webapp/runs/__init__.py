"""Runs as rows: one training of one spec each, who may see them, how long they took.

Not here: actions on runs (`webapp.launches`), and their events and metrics (`webapp.metrics`).
"""

"""Runs as rows: one training of one spec each, who may see them, how long they took.

Not here: what people do with runs (`webapp.launches`), and what happens in them (`webapp.metrics`).
"""

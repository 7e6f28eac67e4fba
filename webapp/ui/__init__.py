"""Formatting of text, numbers, times, sizes and commands on pages.

Not here: what a page shows. This room imports no model.
"""

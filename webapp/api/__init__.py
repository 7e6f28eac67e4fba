"""The JSON API under /api/v1: the same permissions as on the pages, the same messages as in the form.

Not here: what is done, which the rooms below do.
"""

"""The JSON API under /api/v1: the same rules as on the pages, the same words for problems as in the form.

Not here: what is done, which the rooms below do.
"""

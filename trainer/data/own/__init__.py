"""A team's own data: what a folder, an archive, a table or arrays hold is understood, and then prepared.

Not here: what prepared data looks like and where it lies, which is for ``trainer/data``; whatever is on a page.
"""

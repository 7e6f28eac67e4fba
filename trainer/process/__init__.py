"""The processes of a trainer: its command line, the one that waits for a request, the check of exact resume.

Not here: what is done for a request, which the rooms below do.
"""

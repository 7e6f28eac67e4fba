"""Actions on runs: launch, resume, branch, reproduce, verify, edit, delete; estimates of their time and space.

Not here: how runs are listed and shown.
"""

"""Actions on runs: launch, resume, branch, reproduce, verify, edit, delete; the launch form; estimates of its costs.

Not here: how runs are listed and shown.
"""

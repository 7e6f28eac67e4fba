"""What people do with runs: launch, resume, branch, reproduce, verify, edit, delete; and what that will take.

Not here: how runs are listed and shown.
"""

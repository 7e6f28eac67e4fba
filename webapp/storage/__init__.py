"""What takes space: where files lie, who needs them, what may go, quotas, verification, downloads.

Not here: what is in a checkpoint (`trainer.checkpoints`), and which is the latest or the best (`webapp.checkpoints`).
"""

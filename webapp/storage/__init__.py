"""Storage of checkpoints and prepared datasets: where files are, what refers to them, retention, quotas, downloads.

Not here: what is in a checkpoint (`trainer.checkpoints`), and which is the latest or the best (`webapp.checkpoints`).
"""

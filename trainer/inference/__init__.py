"""What a trained network answers: evaluation on a split, prediction for one example, reports.

Not here: how a checkpoint is loaded.
"""

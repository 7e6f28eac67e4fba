"""Using a trained network: evaluation on a split, prediction for one example, reports.

Not here: how a checkpoint is loaded.
"""

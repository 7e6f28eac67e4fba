"""Augmentation: random changes of a batch while it is trained on, outside of the model.

Pure functions of a batch and of random numbers, written once with the functions that NumPy, TensorFlow and JAX share:
the compiled step of each engine computes with its own, the preview with NumPy. Nothing of it is in a saved model.

Not here: what there is to choose, which `trainer.spec.augmentation` says; the loops that call it.
"""

"""Networks as plans: layers, shapes, parameters and work, computed without Keras. One file a family.

Not here: Keras models, which `training` makes of a plan.
"""

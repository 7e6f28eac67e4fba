"""Networks as plans: layers, shapes, parameters and cost, computed without Keras. One file per family.

Not here: Keras models, which `training` builds from a plan.
"""

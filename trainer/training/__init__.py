"""A training session: the compiled model of a spec, its epochs, what is reported, when it stops.

Not here: how a step is computed, and how a checkpoint is written.
"""

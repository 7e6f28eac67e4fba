"""A training session: the compiled model of a spec, its epochs, progress reports, and when it stops.

Not here: how a step is computed, and how a checkpoint is written.
"""

"""The state of a training on disk: taken, written, verified, loaded, compared with the machine that goes on from it.

Not here: where a site keeps checkpoints, and who may have them.
"""

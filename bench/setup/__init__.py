"""What is measured on: a running product, data that is made up and a trainer for it, the engine of a GPU.

Not here: the measurements, each of which is a module of ``bench`` that can be run, or how figures are written down.
"""

"""What the techniques of a spec do to accuracy, measured through the product's own API.

Not here: how fast anything is, which the other modules of ``bench`` measure.
"""

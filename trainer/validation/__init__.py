"""A spec against itself and the data: reading, what does not fit together, the sentences, and presets that train well.

Not here: what a single field accepts, which its declaration in `spec` says.
"""

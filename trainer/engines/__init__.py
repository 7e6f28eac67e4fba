"""How steps are computed: the backend of Keras, the compiled loop of each engine, the device and the data on it.

Not here: which steps are taken, which a training session decides.
"""

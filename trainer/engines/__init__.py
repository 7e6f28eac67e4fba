"""How steps are computed: the backend of Keras, the compiled loop of each engine, the data on the device, the device.

Not here: which steps are taken, which a training session says.
"""

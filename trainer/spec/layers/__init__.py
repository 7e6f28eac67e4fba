"""What every layer with weights can have: activation, initial weights, normalisation, a constraint, penalties, dropout.

Each is a choice of parts with their own fields, so that one is added in one place for all networks. Not here: the
networks, and how Keras names these things (`trainer.networks.layers`).
"""

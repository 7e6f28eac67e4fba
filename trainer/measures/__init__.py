"""How good predictions are, in numbers: pure functions of targets and outputs, for training and for evaluations.

Not here: what a metric is called and which end of it is best (``trainer.spec.metrics``), or how outputs are computed.
"""

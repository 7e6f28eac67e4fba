"""The optimisers, each with its own fields."""

from __future__ import annotations

from typing import Any, Literal

from trainer.spec.fields import field
from trainer.spec.optimization.adam import Adam, Adamax, AdamW, Nadam
from trainer.spec.optimization.fields import (
    Clipping,
    OptimizerPart,
    clipping_field,
    decay_rate_field,
    decay_vectors_field,
    epsilon_field,
    learning_rate_field,
    weight_decay_field,
)


class Sgd(OptimizerPart):
    """Stochastic gradient descent with momentum."""

    title = "SGD"
    keras_name = "SGD"

    kind: Literal["sgd"] = "sgd"
    learning_rate: float = learning_rate_field(0.05)
    momentum: float = field(
        0.9,
        label="Momentum",
        help="Share of the last step kept in the next one.",
        source="Sutskever et al. 2013, On the importance of initialization and momentum in deep learning",
        ge=0.0,
        lt=1.0,
    )
    nesterov: bool = field(True, label="Nesterov", help="Look ahead along the momentum. Needs a momentum above 0.")
    weight_decay: float | None = weight_decay_field()
    decay_vectors: bool = decay_vectors_field()
    clipping: Clipping | None = clipping_field()

    @property
    def num_slots(self) -> int:
        return int(self.momentum > 0)


class RmsProp(OptimizerPart):
    """RMSprop: steps divided by a running root mean square of the gradient."""

    title = "RMSprop"
    keras_name = "RMSprop"

    kind: Literal["rmsprop"] = "rmsprop"
    learning_rate: float = learning_rate_field(0.001)
    rho: float = field(
        0.9,
        label="Rho",
        help="Decay of the mean square.",
        source="Tieleman and Hinton 2012, COURSERA lecture 6.5",
        ge=0.0,
        lt=1.0,
    )
    momentum: float = field(0.0, label="Momentum", help="Share of the last step kept in the next.", ge=0.0, lt=1.0)
    centered: bool = field(
        False,
        label="Centred",
        help="Divide by the running standard deviation instead: larger steps where the gradient keeps its direction.",
        source="Graves 2013, Generating sequences with recurrent neural networks, section 4.2",
        advanced=True,
    )
    weight_decay: float | None = weight_decay_field()
    decay_vectors: bool = decay_vectors_field()
    clipping: Clipping | None = clipping_field()

    @property
    def num_slots(self) -> int:
        return 1 + int(self.momentum > 0) + int(self.centered)


class Adagrad(OptimizerPart):
    """Adagrad: each weight has steps that shrink with the sum of its squared gradients, for rare features."""

    title = "Adagrad"
    keras_name = "Adagrad"

    kind: Literal["adagrad"] = "adagrad"
    learning_rate: float = learning_rate_field(0.01)
    initial_accumulator_value: float = field(
        0.1,
        label="Initial sum",
        help="What each sum of squares begins with; larger for smaller first steps.",
        source="Duchi et al. 2011, Adaptive subgradient methods for online learning and stochastic optimization",
        advanced=True,
        ge=0.0,
        le=1e6,
    )
    epsilon: float = epsilon_field()
    weight_decay: float | None = weight_decay_field()
    decay_vectors: bool = decay_vectors_field()
    clipping: Clipping | None = clipping_field()

    @property
    def num_slots(self) -> int:
        return 1


class Adadelta(OptimizerPart):
    """Adadelta: steps as large as recent ones were, with hardly any rate to tune; 1 is the rate of the paper."""

    title = "Adadelta"
    keras_name = "Adadelta"

    kind: Literal["adadelta"] = "adadelta"
    learning_rate: float = learning_rate_field(1.0)
    rho: float = decay_rate_field(
        0.95,
        label="Rho",
        help="Decay of both running means of squares, of gradients and of steps.",
        source="Zeiler 2012, ADADELTA",
    )
    epsilon: float = epsilon_field()
    weight_decay: float | None = weight_decay_field()
    decay_vectors: bool = decay_vectors_field()
    clipping: Clipping | None = clipping_field()

    @property
    def num_slots(self) -> int:
        return 2


class Adafactor(OptimizerPart):
    """Adafactor: steps relative to the size of each weight, with a mean square for each row and column.

    The learning rate is an upper bound: after t steps it is at most 1/√t. Keras keeps a full matrix besides, so it
    takes as much memory as RMSprop.
    """

    title = "Adafactor"
    keras_name = "Adafactor"

    kind: Literal["adafactor"] = "adafactor"
    learning_rate: float = learning_rate_field(0.01)
    beta_2_decay: float = field(
        -0.8,
        label="Decay exponent",
        help="After t steps, the means keep 1 - t to this power: the closer to 0, the shorter they remember.",
        source="Shazeer and Stern 2018, Adafactor, section 7.2",
        advanced=True,
        gt=-1.0,
        lt=0.0,
    )
    clip_threshold: float = field(
        1.0,
        label="Clip update",
        help="Upper bound of the root mean square of each update before the learning rate; 1 is usual.",
        source="Shazeer and Stern 2018, Adafactor, section 6",
        advanced=True,
        gt=0.0,
        le=1e6,
    )
    weight_decay: float | None = weight_decay_field()
    decay_vectors: bool = decay_vectors_field()
    clipping: Clipping | None = clipping_field()

    @property
    def num_slots(self) -> int:
        """1, and one more number for each row and column of a matrix, which do not count."""
        return 1


class Lion(OptimizerPart):
    """Lion: only the sign of the momentum counts. Rates a third to a tenth of Adam's, and more weight decay."""

    title = "Lion"
    keras_name = "Lion"

    kind: Literal["lion"] = "lion"
    learning_rate: float = learning_rate_field(0.0002)
    beta_1: float = decay_rate_field(
        0.9,
        label="Beta 1",
        help="Share of the running mean in the direction of a step.",
        source="Chen et al. 2023, Symbolic discovery of optimization algorithms",
    )
    beta_2: float = decay_rate_field(
        0.99,
        label="Beta 2",
        help="Decay of the running mean itself.",
        source="Chen et al. 2023, Symbolic discovery of optimization algorithms",
    )
    weight_decay: float | None = weight_decay_field()
    decay_vectors: bool = decay_vectors_field()
    clipping: Clipping | None = clipping_field()

    @property
    def num_slots(self) -> int:
        return 1


class Muon(OptimizerPart):
    """Muon: the kernel of a hidden dense layer moves along the nearest orthogonal matrix to its momentum. All other
    weights, those of convolutions too, train with AdamW at the same rate.

    Others are also biases, normalisation, embeddings and the output layer.
    """

    title = "Muon"
    keras_name = "Muon"

    kind: Literal["muon"] = "muon"
    learning_rate: float = learning_rate_field(0.001)
    momentum: float = field(
        0.95,
        label="Momentum",
        help="Share of the sum of earlier gradients kept in each step.",
        source="Jordan et al. 2024, Muon: an optimizer for hidden layers in neural networks",
        gt=0.0,
        lt=1.0,
    )
    nesterov: bool = field(True, label="Nesterov", help="Look ahead along the momentum.", advanced=True)
    ns_steps: int = field(
        5,
        label="Orthogonalisation",
        help="Newton-Schulz iterations in each step; 5 is usual.",
        source="Jordan et al. 2024, Muon: an optimizer for hidden layers in neural networks",
        unit="iterations",
        advanced=True,
        ge=1,
        le=20,
    )
    adam_beta_1: float = decay_rate_field(
        0.9,
        label="Beta 1 of AdamW",
        help="Decay of the mean of the gradient, for the other weights.",
        source="Kingma and Ba 2015, Adam",
    )
    adam_beta_2: float = decay_rate_field(
        0.999,
        label="Beta 2 of AdamW",
        help="Decay of the mean of its square, for the other weights.",
        source="Kingma and Ba 2015, Adam",
    )
    epsilon: float = epsilon_field()
    weight_decay: float | None = weight_decay_field()
    decay_vectors: bool = decay_vectors_field()
    clipping: Clipping | None = clipping_field()

    @property
    def num_slots(self) -> int:
        """2 for the weights that train with AdamW, 1 for the others."""
        return 2

    def arguments(self) -> dict[str, Any]:
        return super().arguments() | {"adam_weight_decay": self.weight_decay}


Optimizer = Sgd | Adam | AdamW | RmsProp | Adagrad | Adadelta | Adamax | Nadam | Adafactor | Lion | Muon

"""The optimisers, each with its own fields."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, Literal

from trainer.spec.fields import Option, field


def learning_rate_field(default: float) -> float:
    """The learning-rate field of an optimiser, with that optimiser's usual default."""
    rate: float = field(
        default,
        label="Learning rate",
        help="Size of a step. The most important single number: try factors of 3.",
        source="Goodfellow et al. 2016, Deep Learning, section 11.4.1",
        essential=True,
        gt=0.0,
        le=100.0,
    )
    return rate


def clip_norm_field() -> float | None:
    """The field that clips the whole gradient, the same for every optimiser."""
    bound: float | None = field(
        None,
        label="Clip gradient norm",
        help="Upper bound of the length of the whole gradient; empty for no bound.",
        source="Pascanu et al. 2013, On the difficulty of training recurrent neural networks",
        advanced=True,
        gt=0.0,
        le=1e6,
    )
    return bound


class OptimizerPart(Option, ABC):
    """An optimiser. All fields but ``kind`` and ``clip_norm`` are keyword arguments of the Keras class."""

    # Its class in ``keras.optimizers``.
    keras_name: ClassVar[str]

    @property
    @abstractmethod
    def num_slots(self) -> int:
        """How many numbers the optimiser keeps for each weight, besides the weight itself."""


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
    clip_norm: float | None = clip_norm_field()

    @property
    def num_slots(self) -> int:
        return int(self.momentum > 0)


class Adam(OptimizerPart):
    """Adam: steps scaled by running moments of the gradient."""

    title = "Adam"
    keras_name = "Adam"

    kind: Literal["adam"] = "adam"
    learning_rate: float = learning_rate_field(0.001)
    beta_1: float = field(
        0.9,
        label="Beta 1",
        help="Decay of the mean of the gradient.",
        source="Kingma and Ba 2015, Adam",
        advanced=True,
        ge=0.0,
        lt=1.0,
    )
    beta_2: float = field(
        0.999,
        label="Beta 2",
        help="Decay of the mean of its square.",
        source="Kingma and Ba 2015, Adam",
        advanced=True,
        ge=0.0,
        lt=1.0,
    )
    epsilon: float = field(
        1e-7, label="Epsilon", help="Added to the divisor for stability.", advanced=True, gt=0.0, le=1.0
    )
    clip_norm: float | None = clip_norm_field()

    @property
    def num_slots(self) -> int:
        return 2


class AdamW(Adam):
    """Adam with decoupled weight decay."""

    title = "AdamW"
    keras_name = "AdamW"

    kind: Literal["adamw"] = "adamw"  # type: ignore[assignment]
    weight_decay: float = field(
        0.004,
        label="Weight decay",
        help="Share of each weight taken away per step, times the learning rate.",
        source="Loshchilov and Hutter 2019, Decoupled weight decay regularization",
        ge=0.0,
        le=1.0,
    )


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
    clip_norm: float | None = clip_norm_field()

    @property
    def num_slots(self) -> int:
        return 1 + int(self.momentum > 0)


Optimizer = Sgd | Adam | AdamW | RmsProp

"""What every optimiser has, and the fields that they share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Literal

from trainer.spec.fields import Option, choice, field


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


class ClipNorm(Option):
    """The whole gradient is made shorter where it is longer than a bound; its direction stays."""

    title = "Norm"

    kind: Literal["norm"] = "norm"
    bound: float = field(
        1.0,
        label="Largest norm",
        help="Upper bound of the length of the whole gradient; 1 to 5 is usual.",
        source="Pascanu et al. 2013, On the difficulty of training recurrent neural networks",
        gt=0.0,
        le=1e6,
    )


class ClipValue(Option):
    """Each number of the gradient is cut off at a bound, whatever its sign. Simpler, but it turns the gradient."""

    title = "Value"

    kind: Literal["value"] = "value"
    bound: float = field(
        0.5,
        label="Largest value",
        help="Upper bound of each number of the gradient; 0.5 to 1 is usual.",
        source="Goodfellow et al. 2016, Deep Learning, section 10.11.1",
        gt=0.0,
        le=1e6,
    )


Clipping = ClipNorm | ClipValue


def clipping_field() -> Clipping | None:
    """The field that bounds gradients, the same for every optimiser."""
    clipping: Clipping | None = choice(
        Clipping,
        None,
        label="Clip gradients",
        help="Bounds gradients before a step, so that a few large ones do not spoil the weights.",
        source="Goodfellow et al. 2016, Deep Learning, section 10.11.1",
        synonyms="gradient clipping clipnorm clipvalue global_clipnorm 梯度裁剪",
        advanced=True,
    )
    return clipping


DECAY: dict[str, Any] = {
    "label": "Weight decay",
    "help": "Share of each weight taken away per step, times the learning rate.",
    "source": "Loshchilov and Hutter 2019, Decoupled weight decay regularization",
    "ge": 0.0,
    "le": 1.0,
}


def weight_decay_field() -> float | None:
    """The field of decoupled weight decay, off by default."""
    decay: float | None = field(
        None,
        **DECAY
        | {
            "help": "Share of each weight taken away per step, times the learning rate; empty for none. 0.0001 to 0.01 "
            "is usual, and up to 1 for Lion.",
            "advanced": True,
        },
    )
    return decay


def decay_vectors_field() -> bool:
    """The field that says whether weight decay is of all weights."""
    decays: bool = field(
        True,
        label="Decay biases and normalisation",
        help="Switched off, weight decay leaves out biases and the scales and offsets of normalisation, which hardly "
        "overfit: all weights that are no matrices. Most recent recipes do so.",
        source="He et al. 2019, Bag of tricks for image classification, section 3.1",
        advanced=True,
    )
    return decays


def decay_rate_field(default: float, *, label: str, help: str, source: str) -> float:
    """The field of a share of a running mean that is kept in each step."""
    rate: float = field(default, label=label, help=help, source=source, advanced=True, ge=0.0, lt=1.0)
    return rate


def epsilon_field() -> float:
    """The field of what is added to a divisor."""
    epsilon: float = field(
        1e-7, label="Epsilon", help="Added to the divisor for stability.", advanced=True, gt=0.0, le=1.0
    )
    return epsilon


class OptimizerPart(Option, ABC):
    """An optimiser. Its own fields and ``weight_decay`` are keyword arguments of the Keras class."""

    # Its class in ``keras.optimizers``.
    keras_name: ClassVar[str]
    # Fields that are no arguments, or arguments of another name.
    APART: ClassVar[set[str]] = {"kind", "clipping", "decay_vectors"}

    @property
    @abstractmethod
    def num_slots(self) -> int:
        """How many numbers the optimiser keeps for each weight, besides the weight itself; at most, where it varies."""

    def arguments(self) -> dict[str, Any]:
        """The keyword arguments of the Keras class that are fields."""
        return self.model_dump(exclude=self.APART)

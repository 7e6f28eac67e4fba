"""Adam and the optimisers made from it: steps scaled by running moments of the gradient."""

from __future__ import annotations

from typing import Literal

from trainer.spec.fields import field
from trainer.spec.optimization.fields import (
    DECAY,
    Clipping,
    OptimizerPart,
    clipping_field,
    decay_rate_field,
    decay_vectors_field,
    epsilon_field,
    learning_rate_field,
    weight_decay_field,
)

ADAM = "Kingma and Ba 2015, Adam"


def beta_1_field(source: str = ADAM) -> float:
    return decay_rate_field(0.9, label="Beta 1", help="Decay of the mean of the gradient.", source=source)


def beta_2_field(help: str = "Decay of the mean of its square.", source: str = ADAM) -> float:
    return decay_rate_field(0.999, label="Beta 2", help=help, source=source)


class Adam(OptimizerPart):
    """Adam: steps scaled by running moments of the gradient."""

    title = "Adam"
    keras_name = "Adam"

    kind: Literal["adam"] = "adam"
    learning_rate: float = learning_rate_field(0.001)
    beta_1: float = beta_1_field()
    beta_2: float = beta_2_field()
    epsilon: float = epsilon_field()
    amsgrad: bool = field(
        False,
        label="AMSGrad",
        help="Divide by the largest mean square so far, so that no step grows again. Try it when the loss jumps late.",
        source="Reddi et al. 2018, On the convergence of Adam and beyond",
        advanced=True,
    )
    weight_decay: float | None = weight_decay_field()
    decay_vectors: bool = decay_vectors_field()
    clipping: Clipping | None = clipping_field()

    @property
    def num_slots(self) -> int:
        return 2 + int(self.amsgrad)


class AdamW(Adam):
    """Adam with decoupled weight decay."""

    title = "AdamW"
    keras_name = "AdamW"

    kind: Literal["adamw"] = "adamw"  # type: ignore[assignment]
    weight_decay: float = field(0.004, **DECAY)  # type: ignore[assignment]


class Adamax(OptimizerPart):
    """Adam with the largest gradient in place of the mean square: steady where gradients are rare or large."""

    title = "Adamax"
    keras_name = "Adamax"

    kind: Literal["adamax"] = "adamax"
    learning_rate: float = learning_rate_field(0.002)
    beta_1: float = beta_1_field()
    beta_2: float = beta_2_field("Decay of the largest gradient.")
    epsilon: float = epsilon_field()
    weight_decay: float | None = weight_decay_field()
    decay_vectors: bool = decay_vectors_field()
    clipping: Clipping | None = clipping_field()

    @property
    def num_slots(self) -> int:
        return 2


class Nadam(OptimizerPart):
    """Adam that looks ahead along its momentum, as Nesterov's does."""

    title = "Nadam"
    keras_name = "Nadam"

    kind: Literal["nadam"] = "nadam"
    learning_rate: float = learning_rate_field(0.001)
    beta_1: float = beta_1_field("Dozat 2016, Incorporating Nesterov momentum into Adam")
    beta_2: float = beta_2_field()
    epsilon: float = epsilon_field()
    weight_decay: float | None = weight_decay_field()
    decay_vectors: bool = decay_vectors_field()
    clipping: Clipping | None = clipping_field()

    @property
    def num_slots(self) -> int:
        return 2

"""The activations, each with its own fields."""

from __future__ import annotations

from typing import Any, Literal

from trainer.spec.fields import Option, choice, field


class Relu(Option):
    """max(0, x). The usual choice for hidden layers: cheap, and gradients do not fade where it is active."""

    title = "ReLU"

    kind: Literal["relu"] = "relu"


class LeakyRelu(Option):
    """Like ReLU, with a small slope below zero, so that no neuron stops learning for good."""

    title = "Leaky ReLU"

    kind: Literal["leaky_relu"] = "leaky_relu"
    slope: float = field(
        0.1,
        label="Slope below zero",
        help="Usually between 0.01 and 0.3.",
        source="Maas et al. 2013, Rectifier nonlinearities improve neural network acoustic models",
        ge=0.0,
        le=1.0,
    )


class PRelu(Option):
    """Leaky ReLU that learns its slope, one for each neuron or feature map."""

    title = "PReLU"

    kind: Literal["prelu"] = "prelu"
    slope: float = field(
        0.25,
        label="Initial slope",
        help="The slope below zero from which it starts to learn.",
        source="He et al. 2015, Delving deep into rectifiers",
        ge=0.0,
        le=1.0,
    )


class Elu(Option):
    """x above zero, below it an exponential that levels off: outputs have a mean near zero."""

    title = "ELU"

    kind: Literal["elu"] = "elu"
    alpha: float = field(
        1.0,
        label="Alpha",
        help="Where it levels off: minus this.",
        source="Clevert et al. 2016, Fast and accurate deep network learning by exponential linear units",
        gt=0.0,
        le=10.0,
    )


class Selu(Option):
    """ELU with the scale that keeps mean 0 and variance 1 from layer to layer, in networks of dense layers."""

    title = "SELU"

    kind: Literal["selu"] = "selu"


class Gelu(Option):
    """x times the probability that a normal variable is below x: a smooth ReLU, usual in transformers."""

    title = "GELU"

    kind: Literal["gelu"] = "gelu"


class Silu(Option):
    """x times its sigmoid, also called swish: a smooth ReLU, often a little better in deep networks."""

    title = "SiLU (swish)"

    kind: Literal["silu"] = "silu"


class Mish(Option):
    """x times tanh(softplus(x)): smooth, similar to swish."""

    title = "Mish"

    kind: Literal["mish"] = "mish"


class Softplus(Option):
    """log(1 + exp(x)): ReLU with a rounded corner, always above zero."""

    title = "Softplus"

    kind: Literal["softplus"] = "softplus"


class Tanh(Option):
    """Between -1 and 1. In deep networks its gradients fade where it is saturated."""

    title = "Tanh"

    kind: Literal["tanh"] = "tanh"


class Sigmoid(Option):
    """Between 0 and 1. In hidden layers its gradients fade quickly; mostly tanh or ReLU does better."""

    title = "Sigmoid"

    kind: Literal["sigmoid"] = "sigmoid"


class Linear(Option):
    """No activation."""

    title = "Linear"

    kind: Literal["linear"] = "linear"


class Maxout(Option):
    """The largest of several linear functions of the inputs, all learnt. Made to go with dropout."""

    title = "Maxout"

    kind: Literal["maxout"] = "maxout"
    pieces: int = field(
        2,
        label="Pieces",
        help="Linear functions for each output, usually 2 to 5; the layer has that many times the weights.",
        source="Goodfellow et al. 2013, Maxout networks",
        ge=2,
        le=16,
    )


# What acts on each value by itself; maxout needs weights of its own.
Elementwise = Relu | LeakyRelu | PRelu | Elu | Selu | Gelu | Silu | Mish | Softplus | Tanh | Sigmoid | Linear
Activation = Elementwise | Maxout


def activation_of(help: str) -> Any:
    """Declare the activation of a part.

    What several parts have is declared by functions instead of a base class, because the fields of a base class would
    come before a part's own, in the form as well.
    """
    return choice(Activation, Relu, label="Activation", help=help)


def elementwise_of(help: str) -> Any:
    """Declare the activation of a whole network."""
    return choice(Elementwise, Relu, label="Activation", help=help)

"""Initial weights, each kind with its own fields."""

from __future__ import annotations

from typing import Any, Literal

from trainer.spec.fields import Option, choice, field

Distribution = Literal["uniform", "normal"]


def _distribution(default: Distribution) -> Distribution:
    chosen: Distribution = field(
        default,
        label="Distribution",
        help="Normal: cut off at two standard deviations, with the same variance.",
        advanced=True,
    )
    return chosen


def _stddev() -> float:
    spread: float = field(
        0.05,
        label="Standard deviation",
        help="The same for any layer: signals fade or explode where it does not suit its number of inputs.",
        gt=0.0,
        le=10.0,
    )
    return spread


class SuitsActivation(Option):
    """LeCun normal before SELU, else Glorot uniform, the default of Keras."""

    title = "Automatic"

    kind: Literal["auto"] = "auto"


class Glorot(Option):
    """Variance 2 / (inputs + outputs), also called Xavier: for tanh and sigmoid, and mostly fine for others."""

    title = "Glorot (Xavier)"

    kind: Literal["glorot"] = "glorot"
    distribution: Distribution = _distribution("uniform")


class He(Option):
    """Variance 2 / inputs: for ReLU and its relatives, which lose half of the signal."""

    title = "He"

    kind: Literal["he"] = "he"
    distribution: Distribution = _distribution("normal")


class Lecun(Option):
    """Variance 1 / inputs: for SELU, and for layers without an activation."""

    title = "LeCun"

    kind: Literal["lecun"] = "lecun"
    distribution: Distribution = _distribution("normal")


class Normal(Option):
    """A normal distribution of any width."""

    title = "Normal"

    kind: Literal["normal"] = "normal"
    stddev: float = _stddev()


class TruncatedNormal(Option):
    """A normal distribution without values beyond two standard deviations."""

    title = "Truncated normal"

    kind: Literal["truncated_normal"] = "truncated_normal"
    stddev: float = _stddev()


class Uniform(Option):
    """All values between minus a limit and the limit, equally likely."""

    title = "Uniform"

    kind: Literal["uniform"] = "uniform"
    limit: float = field(0.05, label="Limit", help="The largest initial weight, and its negative.", gt=0.0, le=10.0)


class Orthogonal(Option):
    """An orthogonal matrix: signals keep their length through many layers."""

    title = "Orthogonal"

    kind: Literal["orthogonal"] = "orthogonal"
    gain: float = field(
        1.0,
        label="Gain",
        help="A factor on all weights: 1 without an activation, about 1.4 before ReLU.",
        source="Saxe et al. 2014, Exact solutions to the nonlinear dynamics of learning in deep linear neural networks",
        gt=0.0,
        le=10.0,
    )


class Zeros(Option):
    """All weights zero, to see why that fails: neurons of a layer all learn the same."""

    title = "Zeros"

    kind: Literal["zeros"] = "zeros"


Initializer = SuitsActivation | Glorot | He | Lecun | Normal | TruncatedNormal | Uniform | Orthogonal | Zeros


def initializer_of() -> Any:
    """Declare the initial weights of a part."""
    return choice(
        Initializer,
        SuitsActivation,
        label="Initial weights",
        synonyms="initialiser initializer initialisation kernel_initializer xavier kaiming 初始化",
        help="Random numbers in which signals neither fade nor explode on their way through the network.",
        source="Glorot and Bengio 2010, Understanding the difficulty of training deep feedforward neural networks; "
        "He et al. 2015, Delving deep into rectifiers",
        advanced=True,
    )

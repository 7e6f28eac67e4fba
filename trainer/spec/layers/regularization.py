"""What keeps the weights of a layer small, and noise that keeps its neurons from relying on each other."""

from __future__ import annotations

from typing import Any, Literal

from trainer.spec.fields import Option, choice, field

DROPOUT_PAPER = "Srivastava et al. 2014, Dropout: a simple way to prevent neural networks from overfitting"


class MaxNorm(Option):
    """The incoming weights of each neuron are no longer than a bound, also after a large step."""

    title = "Max-norm"

    kind: Literal["max_norm"] = "max_norm"
    value: float = field(
        3.0,
        label="Largest norm",
        help="Usually 3 to 5, with dropout and a high learning rate.",
        source=DROPOUT_PAPER + ", section 5.1",
        gt=0.0,
        le=1000.0,
    )


class UnitNorm(Option):
    """The incoming weights of each neuron have length 1: only their direction is learnt."""

    title = "Unit norm"

    kind: Literal["unit_norm"] = "unit_norm"


class NonNegative(Option):
    """No weight is below zero."""

    title = "Non-negative"

    kind: Literal["non_negative"] = "non_negative"


Constraint = MaxNorm | UnitNorm | NonNegative


def constraint_of() -> Any:
    """Declare the constraint of a part."""
    return choice(
        Constraint,
        None,
        label="Constraint",
        synonyms="max-norm maxnorm kernel_constraint weight clipping 最大范数 权重约束",
        help="Holds for the weights after every step.",
        source="Keras documentation, Layer weight constraints",
    )


def l1_of() -> Any:
    """Declare the L1 penalty of a part."""
    return field(
        0.0,
        label="L1 penalty",
        synonyms="lasso sparse regularisation regularization kernel_regularizer 稀疏 正则化",
        help="Added to the loss for the sum of absolute weights, which makes many of them zero; usually 1e-6 to 1e-3. "
        "The loss that is shown is without it.",
        source="Tibshirani 1996, Regression shrinkage and selection via the lasso",
        advanced=True,
        ge=0.0,
        le=10.0,
    )


def l2_of() -> Any:
    """Declare the L2 penalty of a part."""
    return field(
        0.0,
        label="L2 penalty",
        synonyms="weight decay ridge regularisation regularization kernel_regularizer 权重衰减 岭回归 正则化",
        help="Added to the loss for the sum of squared weights, which keeps all of them small; usually 1e-5 to 1e-2. "
        "The loss that is shown is without it.",
        source="Krogh and Hertz 1991, A simple weight decay can improve generalization",
        advanced=True,
        ge=0.0,
        le=10.0,
    )


def dropout_of(help: str, default: float) -> Any:
    """Declare the dropout after a part, or before a network."""
    return field(
        default,
        label="Dropout",
        help=help,
        synonyms="regularisation regularization 随机失活 正则化",
        source=DROPOUT_PAPER,
        ge=0.0,
        lt=1.0,
    )


def noise_of() -> Any:
    """Declare what dropout does to the values that it meets."""
    return field(
        "zeros",
        label="Dropout noise",
        help="Zeros: single values are set to zero. Gaussian: all are multiplied by noise of mean 1, just as strong. "
        "Spatial: whole feature maps are set to zero.",
        source="Srivastava et al. 2014, section 10; Tompson et al. 2015, Efficient object localization using "
        "convolutional networks",
        option_labels={"spatial": "Spatial (feature maps)"},
        advanced=True,
    )


def input_dropout_of() -> Any:
    """Declare the dropout on the inputs of a network."""
    return field(
        0.0,
        label="Input dropout",
        synonyms="regularisation regularization 随机失活 正则化",
        help="Share of the input values set to zero while training, usually at most 0.2.",
        source=DROPOUT_PAPER + ", appendix A.4",
        ge=0.0,
        lt=1.0,
    )

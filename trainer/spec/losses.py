"""The losses, each with its own fields and for its own tasks."""

from __future__ import annotations

from typing import Literal

from trainer.spec.fields import Option, field

CLASSES, NUMBERS = ("classification", "multilabel"), ("regression",)


class SuitsTask(Option):
    """Cross-entropy for classes and labels, mean squared error for numbers."""

    title = "Automatic"

    kind: Literal["auto"] = "auto"


class CrossEntropy(Option):
    """Minus the logarithm of the probability of what is true; of several labels, the mean of their binary ones."""

    title = "Cross-entropy"
    suits = CLASSES

    kind: Literal["crossentropy"] = "crossentropy"


class Focal(Option):
    """Cross-entropy in which examples that are easy already count less, for rare classes."""

    title = "Focal"
    suits = CLASSES

    kind: Literal["focal"] = "focal"
    gamma: float = field(
        2.0,
        label="Gamma",
        help="How much less an easy example counts; 0.5 to 5 is usual.",
        source="Lin et al. 2017, Focal loss for dense object detection",
        gt=0.0,
        le=20.0,
    )


class MeanSquaredError(Option):
    """The mean of squared errors: large ones count most."""

    title = "Mean squared error"
    suits = NUMBERS

    kind: Literal["mean_squared_error"] = "mean_squared_error"


class MeanAbsoluteError(Option):
    """The mean of errors without their sign: it predicts the median, and follows outliers less."""

    title = "Mean absolute error"
    suits = NUMBERS

    kind: Literal["mean_absolute_error"] = "mean_absolute_error"


class Huber(Option):
    """Squared errors up to one standard deviation, absolute ones beyond it."""

    title = "Huber"
    suits = NUMBERS

    kind: Literal["huber"] = "huber"


class LogCosh(Option):
    """The logarithm of the hyperbolic cosine of errors: like Huber, but smooth."""

    title = "Log-cosh"
    suits = NUMBERS

    kind: Literal["log_cosh"] = "log_cosh"


class Quantile(Option):
    """Predicts a value that a given share of the targets stays below."""

    title = "Quantile"
    suits = NUMBERS

    kind: Literal["quantile"] = "quantile"
    share: float = field(
        0.5,
        label="Share below",
        help="0.5 predicts the median, 0.9 a value that is rarely exceeded.",
        source="Koenker and Bassett 1978, Regression quantiles",
        gt=0.0,
        lt=1.0,
    )


Loss = SuitsTask | CrossEntropy | Focal | MeanSquaredError | MeanAbsoluteError | Huber | LogCosh | Quantile

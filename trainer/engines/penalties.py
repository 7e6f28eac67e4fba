"""What the regularisers of a network ask for its weights: a number of its own beside the loss on the data.

Keras adds the penalty to the loss that it trains and reports. Runs with different regularisers are compared by the loss
on the data alone, so the steps of a loop subtract the penalty from what they measure; gradients still have it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras


def is_regularised(model: keras.Model) -> bool:
    """Whether any trainable weight has a regulariser."""
    return any(_regulariser(variable) is not None for variable in model.trainable_variables)


def penalty_of(model: keras.Model, values: Sequence[Any] | None = None) -> Any:
    """The sum of the penalties, a scalar; of ``values`` for ``model.trainable_variables``, by default the current ones.

    Call it only on a model that :func:`is_regularised`.
    """
    variables = model.trainable_variables
    pairs = zip(variables, variables if values is None else values, strict=True)
    return sum(_regulariser(variable)(value) for variable, value in pairs if _regulariser(variable) is not None)


def _regulariser(variable: Any) -> Any:
    return getattr(variable, "regularizer", None)

"""The loss of every batch, which Keras's steps do not return: they return the mean since the last reset.

In every engine ``train_step`` passes the loss of its batch to the model's loss tracker, the metric "loss", before it is
scaled for 16 bits and before gradients are accumulated. Intercepting that call while the step is traced gives the
tensor, and the compiled step computes nothing more than before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from trainer.engines.penalties import is_regularised, penalty_of

if TYPE_CHECKING:
    import keras

Weights = Callable[..., Sequence[Any]]


def with_loss(
    model: keras.Model, step: Callable[..., Any], weights_in: Weights | None = None
) -> Callable[..., tuple[Any, Any]]:
    """Wrap ``step`` of the compiled ``model``: it returns its result and the loss of its batch, a scalar.

    Of a model with regularisers, loss and metric are those on the data, without the penalty. ``weights_in`` finds the
    trainable weights in the arguments of a stateless step; other steps use those of the model.
    """
    tracker: Any = next(metric for metric in model.metrics if metric.name == "loss")

    def stepped(*arguments: Any) -> tuple[Any, Any]:
        seen: list[Any] = []
        update_state = tracker.update_state
        weights = weights_in(*arguments) if weights_in else None
        penalty = penalty_of(model, weights) if is_regularised(model) else None

        def intercept(loss: Any, *others: Any, **named: Any) -> Any:
            on_data = loss if penalty is None else loss - penalty
            seen.append(on_data)
            return update_state(on_data, *others, **named)

        tracker.update_state = intercept
        try:
            result = step(*arguments)
        finally:
            del tracker.update_state  # uncovers the method of the class
        (loss,) = seen
        return result, loss

    return stepped


def measuring_data_alone(
    model: keras.Model, step: Callable[..., Any], weights_in: Weights | None = None
) -> Callable[..., Any]:
    """Wrap ``step``, which only measures, so that its loss has no penalty; without regularisers it is unchanged."""
    if not is_regularised(model):
        return step
    with_its_loss = with_loss(model, step, weights_in)
    return lambda *arguments: with_its_loss(*arguments)[0]

"""The loss of every batch, which Keras's steps do not return: they return the mean since the last reset.

In every engine ``train_step`` passes the loss of its batch to the model's loss tracker, the metric "loss", before it is
scaled for 16 bits and before gradients are accumulated. Intercepting that call while the step is traced gives the
tensor, and the compiled step computes nothing more than before.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras


def with_loss(model: keras.Model, step: Callable[..., Any]) -> Callable[..., tuple[Any, Any]]:
    """Wrap ``step`` of the compiled ``model``: it returns its result and the loss of its batch, a scalar."""
    tracker: Any = next(metric for metric in model.metrics if metric.name == "loss")

    def stepped(*arguments: Any) -> tuple[Any, Any]:
        seen: list[Any] = []
        update_state = tracker.update_state

        def intercept(loss: Any, *others: Any, **named: Any) -> Any:
            seen.append(loss)
            return update_state(loss, *others, **named)

        tracker.update_state = intercept
        try:
            result = step(*arguments)
        finally:
            del tracker.update_state  # uncovers the method of the class
        (loss,) = seen
        return result, loss

    return stepped

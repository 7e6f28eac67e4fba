"""The loss of every batch, which Keras's steps keep to themselves: they return the mean since the last reset.

In every engine ``train_step`` tells the model's loss tracker, the metric "loss", the loss of its batch: before it is
scaled for 16 bits and before gradients are accumulated. Whoever listens there while the step is traced has the
tensor, and the compiled step computes nothing more than before.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras


def with_loss(model: keras.Model, step: Callable[..., Any]) -> Callable[..., tuple[Any, Any]]:
    """``step`` of the compiled ``model``, returning what it returned and the loss of its batch, a scalar."""
    tracker: Any = next(metric for metric in model.metrics if metric.name == "loss")

    def stepped(*arguments: Any) -> tuple[Any, Any]:
        heard: list[Any] = []
        tell = tracker.update_state

        def listen(loss: Any, *others: Any, **named: Any) -> Any:
            heard.append(loss)
            return tell(loss, *others, **named)

        tracker.update_state = listen
        try:
            result = step(*arguments)
        finally:
            del tracker.update_state  # the method of its class is there again
        (loss,) = heard
        return result, loss

    return stepped

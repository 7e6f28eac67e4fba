"""Training on examples that belong to two classes in proportion, with losses that know only one class for each.

Such a batch has its targets twice: the larger class of every example, then the other one, each with its weight (see
:class:`trainer.augmentation.augmenting.Batch`). Cross-entropy is linear in the target, so the weighted sum of both
losses is that of the mixed target.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras


def with_mixed_targets(model: keras.Model, step: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap Keras's training ``step`` of the compiled ``model`` for such batches: inputs, targets, weights.

    The loss compares every prediction with both of its targets. Metrics count the larger one alone, unweighted.
    """
    from keras import ops

    def stepped(*arguments: Any) -> Any:
        compute_loss, compute_metrics = model.compute_loss, model.compute_metrics

        def loss(x: Any, y: Any, y_pred: Any, sample_weight: Any, training: bool = True) -> Any:
            twice = ops.concatenate([y_pred, y_pred], axis=0)
            return compute_loss(x, y, twice, sample_weight, training=training)

        def metrics(x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> Any:
            return compute_metrics(x, y[: ops.shape(y_pred)[0]], y_pred)

        model.compute_loss, model.compute_metrics = loss, metrics
        try:
            return step(*arguments)
        finally:
            del model.compute_loss, model.compute_metrics  # uncovers the methods of the class

    return stepped

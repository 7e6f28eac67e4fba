"""The base class of the loops of all engines."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from trainer.data.sizes import num_batches
from trainer.engines.mixed_targets import with_mixed_targets
from trainer.engines.penalties import is_regularised, penalty_of
from trainer.spec.metrics import PENALTY

if TYPE_CHECKING:
    import keras
    import numpy as np

    from trainer.augmentation.arrays import Arrays
    from trainer.augmentation.augmenting import Augmenter
    from trainer.engines.feed import Feed


class Loop(ABC):
    """Trains and tests a compiled ``model``. Between calls, the variables of the model hold the whole state.

    ``augmenter`` changes every batch before it is trained on, with random numbers that follow from its seed, the
    epoch and the step alone. ``class_weights``: (classes,) float32, by which the losses of trained examples are
    multiplied.
    """

    def __init__(
        self,
        model: keras.Model,
        feed: Feed,
        batch_size: int,
        *,
        augmenter: Augmenter | None = None,
        class_weights: np.ndarray | None = None,
    ) -> None:
        self.model, self.feed, self.batch_size = model, feed, batch_size
        self.augmenter, self._class_weights = augmenter, class_weights

    def num_steps(self, num_examples: int) -> int:
        """The number of batches in an epoch; the last one may be smaller."""
        return num_batches(num_examples, self.batch_size)

    @abstractmethod
    def train(self, order: np.ndarray, first_step: int, last_step: int, epoch: int = 0) -> np.ndarray:
        """Run the steps ``first_step`` (inclusive) to ``last_step`` (exclusive) of 0-based ``epoch`` over ``order``.

        ``order`` holds the indices of the training examples in the order of this epoch, the same array in all calls
        of the epoch. Returns the loss of each step's batch, float32.
        """

    def announce(self, order: np.ndarray) -> None:
        """Announce the examples that follow those of the next call; that later call must pass the same array."""
        self.feed.announce(order)

    def test(self, indices: np.ndarray) -> dict[str, float]:
        """Return the metrics over the examples ``indices``; the model's metrics are reset before and after."""
        self.model.reset_metrics()
        self._test_all(indices)
        metrics = self.metrics()
        self.model.reset_metrics()
        return metrics

    @abstractmethod
    def predict(self, indices: np.ndarray) -> np.ndarray:
        """Return the outputs for the examples ``indices``, float32, (examples, units); it changes nothing."""

    @abstractmethod
    def _test_all(self, indices: np.ndarray) -> None:
        """Add the examples ``indices`` to the model's metrics."""

    def metrics(self) -> dict[str, float]:
        """The metrics accumulated since the last reset."""
        return {name: float(value) for name, value in self.model.get_metrics_result().items()}

    def penalty(self) -> dict[str, float]:
        """What the regularisers ask for the weights as they are now, by its name; empty without regularisers."""
        return {PENALTY: float(penalty_of(self.model))} if is_regularised(self.model) else {}

    def _changed(self, batch: tuple[Any, Any], arrays: Callable[[int], Arrays]) -> tuple[Any, ...]:
        """A batch of inputs and targets as it is trained on: augmented, and with weights where there are any.

        ``arrays`` gives those of the step for the seed of the augmenter.
        """
        inputs, targets, weights = *batch, None
        if self.augmenter is not None:
            inputs, targets, weights = self.augmenter(arrays(self.augmenter.seed), *batch)
        if self._class_weights is not None:
            from keras import ops

            of_classes = ops.take(self._class_weights, targets, axis=0)
            weights = of_classes if weights is None else of_classes * weights
        return (inputs, targets) if weights is None else (inputs, targets, weights)

    def _keras_train_step(self) -> Callable[..., Any]:
        """Keras's own, for batches as the augmenter leaves them."""
        mixes = self.augmenter is not None and self.augmenter.mixes_classes
        return with_mixed_targets(self.model, self.model.train_step) if mixes else self.model.train_step

    def _build_state(self, inputs: object, targets: object) -> None:
        """Create optimiser slots and metric variables without running a step, so that they can be restored."""
        self.model.optimizer.build(self.model.trainable_variables)
        outputs = self.model(inputs, training=False)
        self.model.compute_loss(inputs, targets, outputs, training=False)
        self.model.compute_metrics(inputs, targets, outputs)
        self.model.reset_metrics()

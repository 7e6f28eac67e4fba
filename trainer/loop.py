"""The compiled training loop: many steps in one call, on data that stays on the device.

``model.fit`` returns to Python after every step, and a small network spends most of its time there. This loop
runs Keras's own ``train_step`` and ``test_step`` inside one compiled function, over batches gathered by index, so
that the numbers are those of ``model.fit`` with the same order of examples.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf

if TYPE_CHECKING:
    import keras

INDICES = tf.TensorSpec([None], tf.int32)
SCALAR = tf.TensorSpec([], tf.int32)


class CompiledLoop:
    """Trains and tests a compiled ``model`` on ``inputs`` (examples, …) and ``targets`` (examples,).

    Both arrays go to the device once. Batches are rows of these arrays, named by index.
    """

    def __init__(self, model: keras.Model, inputs: np.ndarray, targets: np.ndarray, batch_size: int) -> None:
        self.model = model
        self.batch_size = batch_size
        self._inputs = tf.constant(inputs)
        self._targets = tf.constant(targets)
        self._build_state()
        self._train = tf.function(self._train_steps, input_signature=(INDICES, SCALAR, SCALAR))
        self._test = tf.function(self._test_steps, input_signature=(INDICES, SCALAR))

    def _build_state(self) -> None:
        """Create optimiser slots and metric variables without taking a step, so that they can be restored."""
        self.model.optimizer.build(self.model.trainable_variables)
        inputs, targets = self._batch(tf.constant([0]))
        outputs = self.model(inputs, training=False)
        self.model.compute_loss(inputs, targets, outputs, training=False)
        self.model.compute_metrics(inputs, targets, outputs)
        self.model.reset_metrics()

    def num_steps(self, num_examples: int) -> int:
        return -(-num_examples // self.batch_size)

    def train(self, order: np.ndarray, first_step: int, last_step: int) -> None:
        """Take the steps ``first_step`` (inclusive) to ``last_step`` (exclusive) of an epoch over ``order``.

        ``order`` holds the indices of the training examples, int32, in the order of this epoch.
        """
        self._train(tf.constant(order, tf.int32), tf.constant(first_step), tf.constant(last_step))

    def test(self, indices: np.ndarray) -> dict[str, float]:
        """Metrics over the examples ``indices``; the model's metrics are reset before and after."""
        self.model.reset_metrics()
        self._test(tf.constant(indices, tf.int32), tf.constant(self.num_steps(len(indices))))
        metrics = self.metrics()
        self.model.reset_metrics()
        return metrics

    def metrics(self) -> dict[str, float]:
        """The metrics accumulated since the last reset."""
        return {name: float(value) for name, value in self.model.get_metrics_result().items()}

    def _batch(self, picked: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return tf.cast(tf.gather(self._inputs, picked), tf.float32), tf.gather(self._targets, picked)

    def _rows(self, order: tf.Tensor, step: tf.Tensor) -> tf.Tensor:
        first = step * self.batch_size
        return order[first : tf.minimum(first + self.batch_size, tf.shape(order)[0])]

    def _train_steps(self, order: tf.Tensor, first_step: tf.Tensor, last_step: tf.Tensor) -> None:
        for step in tf.range(first_step, last_step):
            self.model.train_step(self._batch(self._rows(order, step)))

    def _test_steps(self, order: tf.Tensor, num_steps: tf.Tensor) -> None:
        for step in tf.range(num_steps):
            self.model.test_step(self._batch(self._rows(order, step)))

"""The loop of TensorFlow: a ``tf.function`` around the steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import tensorflow as tf

from trainer.loops.batch_loss import with_loss
from trainer.loops.loop import Loop

if TYPE_CHECKING:
    import keras
    import numpy as np

INDICES = tf.TensorSpec([None], tf.int32)
SCALAR = tf.TensorSpec([], tf.int32)


class TensorFlowLoop(Loop):
    """Trains and tests with TensorFlow. With ``xla`` each step is compiled once for each size of a batch."""

    def __init__(
        self, model: keras.Model, inputs: np.ndarray, targets: np.ndarray, batch_size: int, *, xla: bool = False
    ) -> None:
        super().__init__(model, batch_size)
        if tf.config.list_physical_devices("GPU"):
            # Some kernels of GPUs add up in any order unless they are told not to; no resume would be exact.
            tf.config.experimental.enable_op_determinism()
        self._inputs = tf.constant(inputs)
        self._targets = tf.constant(targets)
        self._build_state(*self._batch(tf.constant([0])))
        self._train_step, self._test_step = _loss_of(model), model.test_step
        if xla:
            self._train_step = tf.function(self._train_step, jit_compile=True, reduce_retracing=True)
            self._test_step = tf.function(model.test_step, jit_compile=True, reduce_retracing=True)
        self._train = tf.function(self._train_steps, input_signature=(INDICES, SCALAR, SCALAR))
        self._test = tf.function(self._test_steps, input_signature=(INDICES, SCALAR))

    def train(self, order: np.ndarray, first_step: int, last_step: int) -> np.ndarray:
        losses: np.ndarray = self._train(
            tf.constant(order, tf.int32), tf.constant(first_step), tf.constant(last_step)
        ).numpy()
        return losses

    def _test_all(self, indices: np.ndarray) -> None:
        self._test(tf.constant(indices, tf.int32), tf.constant(self.num_steps(len(indices))))

    def _batch(self, picked: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return tf.cast(tf.gather(self._inputs, picked), tf.float32), tf.gather(self._targets, picked)

    def _rows(self, order: tf.Tensor, step: tf.Tensor) -> tf.Tensor:
        first = step * self.batch_size
        return order[first : tf.minimum(first + self.batch_size, tf.shape(order)[0])]

    def _train_steps(self, order: tf.Tensor, first_step: tf.Tensor, last_step: tf.Tensor) -> tf.Tensor:
        losses = tf.TensorArray(tf.float32, last_step - first_step, element_shape=[])
        for step in tf.range(first_step, last_step):
            losses = losses.write(step - first_step, self._train_step(self._batch(self._rows(order, step))))
        return losses.stack()

    def _test_steps(self, order: tf.Tensor, num_steps: tf.Tensor) -> None:
        for step in tf.range(num_steps):
            self._test_step(self._batch(self._rows(order, step)))


def _loss_of(model: keras.Model) -> Callable[[Any], tf.Tensor]:
    """Keras's step of training, traced as Keras itself does; it returns the loss of the batch."""
    step = with_loss(model, model.train_step)

    @tf.autograph.experimental.do_not_convert  # type: ignore[untyped-decorator]
    def train_step(batch: Any) -> tf.Tensor:
        return tf.cast(step(batch)[1], tf.float32)

    return train_step

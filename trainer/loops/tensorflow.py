"""The loop of TensorFlow: a ``tf.function`` around the steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import tensorflow as tf

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
        self._train_step, self._test_step = model.train_step, model.test_step
        if xla:
            self._train_step = tf.function(model.train_step, jit_compile=True, reduce_retracing=True)
            self._test_step = tf.function(model.test_step, jit_compile=True, reduce_retracing=True)
        self._train = tf.function(self._train_steps, input_signature=(INDICES, SCALAR, SCALAR))
        self._test = tf.function(self._test_steps, input_signature=(INDICES, SCALAR))

    def train(self, order: np.ndarray, first_step: int, last_step: int) -> None:
        self._train(tf.constant(order, tf.int32), tf.constant(first_step), tf.constant(last_step))

    def _test_all(self, indices: np.ndarray) -> None:
        self._test(tf.constant(indices, tf.int32), tf.constant(self.num_steps(len(indices))))

    def _batch(self, picked: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return tf.cast(tf.gather(self._inputs, picked), tf.float32), tf.gather(self._targets, picked)

    def _rows(self, order: tf.Tensor, step: tf.Tensor) -> tf.Tensor:
        first = step * self.batch_size
        return order[first : tf.minimum(first + self.batch_size, tf.shape(order)[0])]

    def _train_steps(self, order: tf.Tensor, first_step: tf.Tensor, last_step: tf.Tensor) -> None:
        for step in tf.range(first_step, last_step):
            self._train_step(self._batch(self._rows(order, step)))

    def _test_steps(self, order: tf.Tensor, num_steps: tf.Tensor) -> None:
        for step in tf.range(num_steps):
            self._test_step(self._batch(self._rows(order, step)))

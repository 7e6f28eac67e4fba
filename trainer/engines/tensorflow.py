"""The loop of TensorFlow: a ``tf.function`` around the steps."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf

from trainer.engines.batch_loss import measuring_data_alone, with_loss
from trainer.engines.feed import Feed, Held, Portion
from trainer.engines.loop import Loop

if TYPE_CHECKING:
    from trainer.augmentation.augmenting import Augmenter

Data = tuple[tf.Tensor, tf.Tensor]
Moment = tuple[tf.Tensor, tf.Tensor]  # an epoch and a step in it
INDICES = tf.TensorSpec([None], tf.int32)
SCALAR = tf.TensorSpec([], tf.int32)
ALIGNMENT = 64
LARGE_BYTES = 1 << 20
RANDOM_NUMBERS = "philox"  # the same numbers on processors and GPUs


class TensorFlowLoop(Loop):
    """Trains and tests with TensorFlow. With ``xla`` each step is compiled once per batch size."""

    def __init__(
        self,
        model: keras.Model,
        inputs: np.ndarray,
        targets: np.ndarray,
        batch_size: int,
        feed: type[Feed] = Held,
        *,
        augmenter: Augmenter | None = None,
        xla: bool = False,
        class_weights: np.ndarray | None = None,
    ) -> None:
        if tf.config.list_physical_devices("GPU"):
            # Without this, some GPU kernels sum in an arbitrary order, and no resume would be exact.
            tf.config.experimental.enable_op_determinism()
        fed = feed(inputs, targets, batch_size, on_device)
        super().__init__(model, fed, batch_size, augmenter=augmenter, class_weights=class_weights)
        self._build_state(tf.constant(inputs[:1], tf.float32), tf.constant(targets[:1]))
        self._train_step = _loss_of(model, self._keras_train_step())
        self._test_step = measuring_data_alone(model, model.test_step)
        if xla:
            self._train_step = tf.function(self._train_step, jit_compile=True, reduce_retracing=True)
            self._test_step = tf.function(self._test_step, jit_compile=True, reduce_retracing=True)
        # Traced once, for any number of examples and rows; choosing among traces would cost 0.1 ms per call.
        data = tuple(tf.TensorSpec([None, *values.shape[1:]], values.dtype) for values in (inputs, targets))
        signature = (data, INDICES, SCALAR, SCALAR)
        trained = (*signature, (SCALAR, SCALAR))
        self._train = tf.function(self._train_steps, input_signature=trained).get_concrete_function()
        self._test = tf.function(self._test_steps, input_signature=signature).get_concrete_function()
        self._predict = tf.function(self._predict_steps, input_signature=signature)  # traced when first needed

    def train(self, order: np.ndarray, first_step: int, last_step: int, epoch: int = 0) -> np.ndarray:
        losses = []
        for portion in self.feed.portions(order, first_step, last_step):
            start = tf.constant(epoch), tf.constant(portion.before)
            losses.append(self._train(*_arguments(portion), start).numpy())
        return np.concatenate(losses)

    def _test_all(self, indices: np.ndarray) -> None:
        for portion in self.feed.portions(indices, 0, self.num_steps(len(indices))):
            self._test(*_arguments(portion))

    def predict(self, indices: np.ndarray) -> np.ndarray:
        portions = self.feed.portions(indices, 0, self.num_steps(len(indices)))
        return np.concatenate([self._predict(*_arguments(portion)).numpy() for portion in portions])

    def _batch(self, data: Data, order: tf.Tensor, step: tf.Tensor) -> Data:
        first = step * self.batch_size
        rows = order[first : tf.minimum(first + self.batch_size, tf.shape(order)[0])]
        inputs, targets = data
        return tf.cast(tf.gather(inputs, rows), tf.float32), tf.gather(targets, rows)

    def _train_steps(
        self, data: Data, order: tf.Tensor, first_step: tf.Tensor, last_step: tf.Tensor, start: Moment
    ) -> tf.Tensor:
        """At step 0 of ``order``, it is ``start``."""
        epoch, before = start
        losses = tf.TensorArray(tf.float32, last_step - first_step, element_shape=[])
        for step in tf.range(first_step, last_step):
            batch = self._for_training(self._batch(data, order, step), epoch, before + step)
            losses = losses.write(step - first_step, self._train_step(batch))
        return losses.stack()

    @tf.autograph.experimental.do_not_convert  # type: ignore[untyped-decorator]
    def _for_training(self, batch: Data, epoch: tf.Tensor, step: tf.Tensor) -> tuple[Any, ...]:
        return self._changed(batch, partial(TensorFlowArrays, epoch=epoch, step=step))

    def _test_steps(self, data: Data, order: tf.Tensor, first_step: tf.Tensor, last_step: tf.Tensor) -> None:
        for step in tf.range(first_step, last_step):
            self._test_step(self._batch(data, order, step))

    def _predict_steps(self, data: Data, order: tf.Tensor, first_step: tf.Tensor, last_step: tf.Tensor) -> tf.Tensor:
        # The last batch may be smaller, so the shapes differ.
        outputs = tf.TensorArray(tf.float32, last_step - first_step, infer_shape=False)
        for step in tf.range(first_step, last_step):
            outputs = outputs.write(step - first_step, self.model(self._batch(data, order, step)[0], training=False))
        return outputs.concat()


class TensorFlowArrays:
    """The arrays of one step, for augmentation."""

    def __init__(self, seed: int, epoch: tf.Tensor, step: tf.Tensor) -> None:
        self.ops: Any = keras.ops
        self._seed, self._num_calls = seed, 0
        self._moment = tf.cast(epoch, tf.int64) * 2**32 + tf.cast(step, tf.int64)

    def uniform(self, *shape: Any) -> tf.Tensor:
        return tf.random.stateless_uniform(shape, self._next_seed(), alg=RANDOM_NUMBERS)

    def normal(self, *shape: Any) -> tf.Tensor:
        return tf.random.stateless_normal(shape, self._next_seed(), alg=RANDOM_NUMBERS)

    def rows(self, values: tf.Tensor, indices: tf.Tensor) -> tf.Tensor:
        return tf.gather(values, indices)

    def _next_seed(self) -> tf.Tensor:
        """Above those of dropout, which count from the seed of the spec as well."""
        self._num_calls += 1
        return tf.stack([tf.constant(self._num_calls * 2**32 + self._seed, tf.int64), self._moment])


def on_device(values: np.ndarray) -> tf.Tensor:
    """``values`` on the device. On a processor large arrays are used where they are, such as in a mapped file.

    ``tf.constant`` would copy them. Kernels need the alignment that TensorFlow's own tensors have, which arrays of a
    prepared dataset have too.
    """
    is_aligned = values.ctypes.data % ALIGNMENT == 0 and values.flags.c_contiguous and values.flags.writeable
    if is_aligned and values.nbytes >= LARGE_BYTES and not tf.config.list_physical_devices("GPU"):
        return tf.experimental.dlpack.from_dlpack(values.__dlpack__())
    return tf.constant(values)


def _arguments(portion: Portion) -> tuple[Data, tf.Tensor, tf.Tensor, tf.Tensor]:
    whole = portion.num_rows == portion.rows.shape[0]
    rows = portion.rows if whole else portion.rows[: portion.num_rows]
    return (portion.inputs, portion.targets), rows, tf.constant(portion.first), tf.constant(portion.last)


def _loss_of(model: keras.Model, keras_step: Callable[..., Any]) -> Callable[[Any], tf.Tensor]:
    """Keras's training step, traced as Keras does it, but returning the loss of the batch."""
    step = with_loss(model, keras_step)

    @tf.autograph.experimental.do_not_convert  # type: ignore[untyped-decorator]
    def train_step(batch: Any) -> tf.Tensor:
        return tf.cast(step(batch)[1], tf.float32)

    return train_step

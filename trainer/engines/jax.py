"""The loop of JAX: ``fori_loop`` over Keras's stateless steps, compiled by XLA.

JAX's functions take the state and return it. Between calls it is stored in the variables of the Keras model, so that
checkpoints and metrics work as usual. With several devices the rows of every batch are split among them; losses,
gradients and batch statistics are still those of the whole batch.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import jax
import jax.numpy as jnp
import keras
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from trainer.engines.batch_loss import measuring_data_alone, with_loss
from trainer.engines.feed import Feed, Held, Portion
from trainer.engines.loop import Loop
from trainer.events.events import Failed
from trainer.events.failures import TrainingFailed
from trainer.messages.message import Message

if TYPE_CHECKING:
    from trainer.augmentation.augmenting import Augmenter

State = tuple[list[jax.Array], ...]
Data = tuple[jax.Array, jax.Array]
Moment = tuple[Any, Any]  # an epoch and a step in it
Result = TypeVar("Result")
AUGMENTATION = 1


class JaxLoop(Loop):
    """Trains and tests with JAX on the first ``num_devices`` devices of the machine."""

    def __init__(
        self,
        model: keras.Model,
        inputs: np.ndarray,
        targets: np.ndarray,
        batch_size: int,
        feed: type[Feed] = Held,
        *,
        augmenter: Augmenter | None = None,
        num_devices: int = 1,
        class_weights: np.ndarray | None = None,
    ) -> None:
        mesh = Mesh(np.array(_devices(num_devices)), ("batch",))
        self._everywhere = NamedSharding(mesh, PartitionSpec())
        self._split_rows = NamedSharding(mesh, PartitionSpec("batch"))
        self._num_devices = num_devices
        fed = feed(inputs, targets, batch_size, self._put)
        super().__init__(model, fed, batch_size, augmenter=augmenter, class_weights=class_weights)
        self._build_state(jnp.asarray(inputs[:1], jnp.float32), jnp.asarray(targets[:1]))
        self._train_step = with_loss(model, self._keras_train_step(), _trainable)
        self._test_step = measuring_data_alone(model, model.test_step, _trainable)
        self._train = self._compiled(self._train_steps)
        self._test = self._compiled(self._test_steps)
        self._train_rest = self._compiled(self._train_batch)
        self._test_rest = self._compiled(self._test_batch)
        self._predict = self._compiled(self._predict_steps)
        self._predict_rest = self._compiled(self._predict_batch)

    def train(self, order: np.ndarray, first_step: int, last_step: int, epoch: int = 0) -> np.ndarray:
        state, losses = self._state(), []
        for portion in self.feed.portions(order, first_step, last_step):
            state, found = self._train_portion(state, portion, epoch)
            # Also waits for the portion: otherwise portions would pile up on a slow device.
            losses += [np.atleast_1d(np.asarray(values))[part] for values, part in found]
        self._take_over(state)
        return np.concatenate(losses)

    def _train_portion(self, state: State, portion: Portion, epoch: int) -> tuple[State, list[tuple[jax.Array, slice]]]:
        """Return the new state, and arrays with the slices that hold the losses of the steps.

        They are sliced on the host: on the device, outside a compiled function, slicing takes as long as a step of a
        small network.
        """
        data, num_full, found = (portion.inputs, portion.targets), portion.num_rows // self.batch_size, []
        if portion.first < num_full:
            last = min(portion.last, num_full)
            state, losses = self._train(state, data, portion.rows, (portion.first, last), (epoch, portion.before))
            found.append((losses, slice(portion.first, last)))
        if portion.last > num_full:
            state, loss = self._train_rest(state, data, self._rest(portion), (epoch, portion.before + num_full))
            found.append((loss, slice(None)))
        return state, found

    def _test_all(self, indices: np.ndarray) -> None:
        trainable, fixed, optimizer, metrics = self._state()
        for portion in self.feed.portions(indices, 0, self.num_steps(len(indices))):
            metrics = self._test_portion((trainable, fixed, metrics), portion)[2]
            jax.block_until_ready(metrics)
        self._take_over((trainable, fixed, optimizer, metrics))

    def _test_portion(self, state: State, portion: Portion) -> State:
        data, num_full = (portion.inputs, portion.targets), portion.num_rows // self.batch_size
        if num_full:
            state = self._test(state, data, portion.rows, num_full)
        if portion.last > num_full:
            state = self._test_rest(state, data, self._rest(portion))
        return state

    def predict(self, indices: np.ndarray) -> np.ndarray:
        weights, pieces = self._state()[:2], []
        for portion in self.feed.portions(indices, 0, self.num_steps(len(indices))):
            data, num_full = (portion.inputs, portion.targets), portion.num_rows // self.batch_size
            if num_full:
                outputs = np.asarray(self._predict(weights, data, portion.rows, num_full))
                pieces.append(outputs[:num_full].reshape(-1, outputs.shape[-1]))
            if portion.last > num_full:
                pieces.append(np.asarray(self._predict_rest(weights, data, self._rest(portion))))
        return np.concatenate(pieces)

    def _rest(self, portion: Portion) -> jax.Array:
        """The rows of the last, smaller batch."""
        rows: jax.Array = portion.rows[portion.num_rows // self.batch_size * self.batch_size : portion.num_rows]
        return rows

    def _put(self, values: Any) -> Any:
        """Copy arrays to every device in use."""
        return jax.device_put(values, self._everywhere)

    def _compiled(self, steps: Callable[..., Result]) -> Callable[..., Result]:
        """Outputs get the placement of the inputs; otherwise the next call would be compiled again."""
        compiled: Callable[..., Result] = jax.jit(steps, out_shardings=self._everywhere)
        return compiled

    def _groups(self) -> tuple[list[Any], ...]:
        model = self.model
        groups = model.trainable_variables, model.non_trainable_variables, model.optimizer.variables
        return (*groups, model.metrics_variables)

    def _variables(self) -> list[Any]:
        return [variable for group in self._groups() for variable in group]

    def _state(self) -> State:
        state: State = self._put(tuple([variable.value for variable in group] for group in self._groups()))
        return state

    def _take_over(self, state: State) -> None:
        """Store a state in the variables, and wait until it is computed, so that a call lasts as long as its steps."""
        values = jax.block_until_ready([value for group in state for value in group])
        for variable, value in zip(self._variables(), values, strict=True):
            variable.assign(value)

    def _batch(self, data: Data, rows: jax.Array) -> Data:
        """The examples ``rows``, split among the devices if each gets the same number."""
        if self._num_devices > 1 and rows.shape[0] % self._num_devices == 0:
            rows = jax.lax.with_sharding_constraint(rows, self._split_rows)
        inputs, targets = data
        return jnp.take(inputs, rows, axis=0).astype(jnp.float32), jnp.take(targets, rows, axis=0)

    def _full_batch(self, order: jax.Array, step: jax.Array) -> jax.Array:
        return jax.lax.dynamic_slice_in_dim(order, step * self.batch_size, self.batch_size)

    def _train_batch(self, state: State, data: Data, rows: jax.Array, moment: Moment) -> tuple[State, jax.Array]:
        epoch, step = moment
        batch = self._changed(self._batch(data, rows), partial(JaxArrays, epoch=epoch, step=step))
        (_, state), loss = self._train_step(state, batch)
        return state, loss.astype(jnp.float32)

    def _test_batch(self, state: State, data: Data, rows: jax.Array) -> State:
        _, state = self._test_step(state, self._batch(data, rows))
        return state

    def _predict_batch(self, weights: State, data: Data, rows: jax.Array) -> jax.Array:
        outputs: jax.Array = self.model.stateless_call(*weights, self._batch(data, rows)[0], training=False)[0]
        return outputs

    def _train_steps(
        self, state: State, data: Data, order: jax.Array, steps: tuple[int, int], start: Moment
    ) -> tuple[State, jax.Array]:
        """Take ``steps``, from the first (inclusive) to the last (exclusive). At step 0 of ``order``, it is ``start``.

        The array of losses has space for all full batches, so that its shape is the same in every call.
        """
        epoch, before = start

        def body(step: jax.Array, carried: tuple[State, jax.Array]) -> tuple[State, jax.Array]:
            state, losses = carried
            state, loss = self._train_batch(state, data, self._full_batch(order, step), (epoch, before + step))
            return state, losses.at[step].set(loss)

        losses = jnp.zeros(order.shape[0] // self.batch_size, jnp.float32)
        done: tuple[State, jax.Array] = jax.lax.fori_loop(*steps, body, (state, losses))
        return done

    def _test_steps(self, state: State, data: Data, order: jax.Array, num_steps: int) -> State:
        def body(step: jax.Array, state: State) -> State:
            return self._test_batch(state, data, self._full_batch(order, step))

        done: State = jax.lax.fori_loop(0, num_steps, body, state)
        return done

    def _predict_steps(self, weights: State, data: Data, order: jax.Array, num_steps: int) -> jax.Array:
        """The outputs of the first ``num_steps`` full batches, (steps, examples, units), in an array for all."""

        def body(step: jax.Array, outputs: jax.Array) -> jax.Array:
            return outputs.at[step].set(self._predict_batch(weights, data, self._full_batch(order, step)))

        shape = order.shape[0] // self.batch_size, self.batch_size, self.model.output_shape[-1]
        done: jax.Array = jax.lax.fori_loop(0, num_steps, body, jnp.zeros(shape, jnp.float32))
        return done


class JaxArrays:
    """The arrays of one step, for augmentation."""

    def __init__(self, seed: int, epoch: Any, step: Any) -> None:
        self.ops: Any = keras.ops
        # Not the key that dropout starts from, which is the seed of the spec alone.
        stream = jax.random.fold_in(jax.random.key(seed), AUGMENTATION)
        self._key, self._num_calls = jax.random.fold_in(jax.random.fold_in(stream, epoch), step), 0

    def uniform(self, *shape: Any) -> jax.Array:
        return jax.random.uniform(self._next_key(), shape)

    def normal(self, *shape: Any) -> jax.Array:
        return jax.random.normal(self._next_key(), shape)

    def rows(self, values: jax.Array, indices: jax.Array) -> jax.Array:
        return jnp.take(values, indices, axis=0, mode="clip")

    def _next_key(self) -> jax.Array:
        self._num_calls += 1
        return jax.random.fold_in(self._key, self._num_calls)


def _trainable(state: State, data: Data) -> list[jax.Array]:
    """The trainable weights before a step on ``data``."""
    return state[0]


def _devices(number: int) -> list[jax.Device]:
    """The first ``number`` devices; raises :class:`TrainingFailed` when the machine has fewer."""
    found: list[jax.Device] = jax.devices()
    if len(found) < number:
        raise TrainingFailed(
            Failed(
                cause="bad_spec",
                error=Message(
                    "devices: {given} given, but the trainer has {found} on this machine.",
                    given=number,
                    found=len(found),
                ),
                advice=Message("Launch again with at most {most}, or on a machine with more.", most=len(found)),
            )
        )
    return found[:number]

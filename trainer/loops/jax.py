"""The loop of JAX: ``fori_loop`` over Keras's stateless steps, compiled by XLA.

JAX's functions take the state and return it. Between the calls it lies in the variables of the Keras model, so that
checkpoints and metrics need not know of this. With several devices the rows of every batch are shared out among
them; losses, gradients and batch statistics are still those of the whole batch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from trainer.events import Failed
from trainer.failures import TrainingFailed
from trainer.loops.batch_loss import with_loss
from trainer.loops.loop import Loop

if TYPE_CHECKING:
    import keras

State = tuple[list[jax.Array], ...]
Data = tuple[jax.Array, jax.Array]
Result = TypeVar("Result")


class JaxLoop(Loop):
    """Trains and tests with JAX on the first ``num_devices`` devices of the machine."""

    def __init__(
        self, model: keras.Model, inputs: np.ndarray, targets: np.ndarray, batch_size: int, *, num_devices: int = 1
    ) -> None:
        super().__init__(model, batch_size)
        mesh = Mesh(np.array(_devices(num_devices)), ("batch",))
        self._everywhere = NamedSharding(mesh, PartitionSpec())
        self._shared_out = NamedSharding(mesh, PartitionSpec("batch"))
        self._num_devices = num_devices
        self._data: Data = self._put((inputs, targets))
        self._build_state(jnp.asarray(inputs[:1], jnp.float32), jnp.asarray(targets[:1]))
        self._train_step = with_loss(model, model.train_step)
        self._train = self._compiled(self._train_steps)
        self._test = self._compiled(self._test_steps)
        self._train_rest = self._compiled(self._train_batch)
        self._test_rest = self._compiled(self._test_batch)

    def train(self, order: np.ndarray, first_step: int, last_step: int) -> np.ndarray:
        state, rows = self._state(), self._put(order)
        num_full = len(order) // self.batch_size
        losses = []
        if first_step < num_full:
            state, found = self._train(state, self._data, rows, first_step, min(last_step, num_full))
            losses.append((found, slice(first_step, last_step)))
        if last_step > num_full:
            state, found = self._train_rest(state, self._data, rows[num_full * self.batch_size :])
            losses.append((found, slice(None)))
        self._take_over(state)
        # Sliced on the host: each operation outside the compiled function costs as much as a step of a small network.
        return np.concatenate([np.atleast_1d(np.asarray(found))[part] for found, part in losses])

    def _test_all(self, indices: np.ndarray) -> None:
        trainable, fixed, optimizer, metrics = self._state()
        state: State = (trainable, fixed, metrics)
        rows = self._put(indices.astype(np.int32))
        num_full = len(indices) // self.batch_size
        if num_full:
            state = self._test(state, self._data, rows, num_full)
        if len(indices) % self.batch_size:
            state = self._test_rest(state, self._data, rows[num_full * self.batch_size :])
        self._take_over((trainable, fixed, optimizer, state[2]))

    def _put(self, values: Any) -> Any:
        """Copy arrays to every device that takes part."""
        return jax.device_put(values, self._everywhere)

    def _compiled(self, steps: Callable[..., Result]) -> Callable[..., Result]:
        """What comes out lies where it went in, or the next call would be compiled anew."""
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
        """Put a state into the variables, and wait until it is computed: a call's time is the time of its steps."""
        values = jax.block_until_ready([value for group in state for value in group])
        for variable, value in zip(self._variables(), values, strict=True):
            variable.assign(value)

    def _batch(self, data: Data, rows: jax.Array) -> Data:
        """The examples ``rows``, shared out among the devices when each gets the same number."""
        if self._num_devices > 1 and rows.shape[0] % self._num_devices == 0:
            rows = jax.lax.with_sharding_constraint(rows, self._shared_out)
        inputs, targets = data
        return jnp.take(inputs, rows, axis=0).astype(jnp.float32), jnp.take(targets, rows, axis=0)

    def _full_batch(self, order: jax.Array, step: jax.Array) -> jax.Array:
        return jax.lax.dynamic_slice_in_dim(order, step * self.batch_size, self.batch_size)

    def _train_batch(self, state: State, data: Data, rows: jax.Array) -> tuple[State, jax.Array]:
        (_, state), loss = self._train_step(state, self._batch(data, rows))
        return state, loss.astype(jnp.float32)

    def _test_batch(self, state: State, data: Data, rows: jax.Array) -> State:
        _, state = self.model.test_step(state, self._batch(data, rows))
        return state

    def _train_steps(
        self, state: State, data: Data, order: jax.Array, first_step: int, last_step: int
    ) -> tuple[State, jax.Array]:
        """The losses have room for all full batches, so that their number is the same in every call."""

        def body(step: jax.Array, carried: tuple[State, jax.Array]) -> tuple[State, jax.Array]:
            state, losses = carried
            state, loss = self._train_batch(state, data, self._full_batch(order, step))
            return state, losses.at[step].set(loss)

        losses = jnp.zeros(order.shape[0] // self.batch_size, jnp.float32)
        done: tuple[State, jax.Array] = jax.lax.fori_loop(first_step, last_step, body, (state, losses))
        return done

    def _test_steps(self, state: State, data: Data, order: jax.Array, num_steps: int) -> State:
        def body(step: jax.Array, state: State) -> State:
            return self._test_batch(state, data, self._full_batch(order, step))

        done: State = jax.lax.fori_loop(0, num_steps, body, state)
        return done


def _devices(number: int) -> list[jax.Device]:
    """The first ``number`` devices; raises :class:`TrainingFailed` on a machine that has fewer."""
    found: list[jax.Device] = jax.devices()
    if len(found) < number:
        raise TrainingFailed(
            Failed(
                cause="bad_spec",
                error=f"devices: {number} given, but the trainer has {len(found)} on this machine.",
                advice=f"Launch again with at most {len(found)}, or on a machine with more.",
            )
        )
    return found[:number]

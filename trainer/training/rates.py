"""Optimisers that give each layer its own share of the learning rate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import keras

from trainer.networks.plan import Plan

Shares = Mapping[str, float]  # of the learning rate, by the path of a variable


def shares_of(model: keras.Model, plan: Plan) -> Shares:
    """Return the share of the learning rate of each trained variable of ``model``, which was built of ``plan``."""
    return {weight.path: plan.rate_of(layer.name) for layer in model.layers for weight in layer.trainable_weights}


def at_shares(optimizer: type[keras.optimizers.Optimizer], shares: Shares | None) -> type[keras.optimizers.Optimizer]:
    """Return a subclass of ``optimizer`` that takes steps, weight decay included, by ``shares`` of its learning rate.

    It is ``optimizer`` itself where all shares are 1. Its state is the same: checkpoints have nothing of the shares,
    which follow from the spec.
    """
    if not shares or set(shares.values()) == {1.0}:
        return optimizer
    return type(optimizer.__name__, (Shared, optimizer), {"shares": shares})


class Shared:
    """What such a subclass adds to its optimiser: Keras takes a step, and applies weight decay, for each variable."""

    shares: Shares
    _share = 1.0
    _var_key: Any

    def build(self, variables: Sequence[keras.Variable]) -> None:
        super().build(variables)  # type: ignore[misc]
        # TensorFlow passes its own variables to update_step, which have no path.
        self._share_of = {self._var_key(variable): self.shares[variable.path] for variable in variables}

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        with self._at_share_of(variable):
            super().update_step(gradient, variable, learning_rate * self._share)  # type: ignore[misc]

    def _apply_weight_decay(self, variables: Sequence[keras.Variable]) -> None:
        for variable in variables:
            with self._at_share_of(variable):
                super()._apply_weight_decay([variable])  # type: ignore[misc]

    @property
    def learning_rate(self) -> Any:
        rate = super().learning_rate  # type: ignore[misc]
        return rate if self._share == 1 else rate * self._share

    @learning_rate.setter
    def learning_rate(self, rate: Any) -> None:
        keras.optimizers.Optimizer.learning_rate.fset(self, rate)

    @contextmanager
    def _at_share_of(self, variable: Any) -> Iterator[None]:
        self._share = self._share_of[self._var_key(variable)]
        try:
            yield
        finally:
            self._share = 1.0

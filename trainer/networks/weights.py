"""The weights of a layer in Keras's terms: how they begin, and what holds for them while training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trainer.spec.layers.activations import Activation, Linear, Selu
from trainer.spec.layers.initializers import (
    Glorot,
    He,
    Initializer,
    Lecun,
    Normal,
    Orthogonal,
    SuitsActivation,
    TruncatedNormal,
    Uniform,
)
from trainer.spec.layers.regularization import Constraint, MaxNorm, UnitNorm
from trainer.spec.networks.parts import ConvBlock, DenseLayer

KerasObject = dict[str, Any]
# Axes of a kernel over which the incoming weights of one neuron lie, by the name of the kernel in its layer.
DENSE_AXES = {"kernel": (0,)}
CONVOLUTION_AXES = {"kernel": (0, 1, 2)}
SEPARABLE_AXES = {"depthwise": (0, 1), "pointwise": (0, 1, 2)}

NO_ACTIVATION, AUTOMATIC = Linear(), SuitsActivation()


@dataclass(frozen=True)
class Weights:
    """How the weights of a layer begin, which suits ``before``, the activation after it, and what holds for them."""

    before: Activation = NO_ACTIVATION
    initializer: Initializer = AUTOMATIC
    constraint: Constraint | None = None
    l1: float = 0.0
    l2: float = 0.0

    def arguments(self, axes: Mapping[str, tuple[int, ...]], seeds: dict[str, int]) -> KerasObject:
        """Return the keyword arguments of a layer whose kernels, by name, have such ``axes`` and ``seeds``."""
        found: KerasObject = {}
        for kernel, incoming in axes.items():
            found[f"{kernel}_initializer"] = self._initializer(seeds[kernel], is_depthwise=kernel == "depthwise")
            if self.constraint is not None:
                found[f"{kernel}_constraint"] = _constraint(self.constraint, incoming)
            if self.l1 or self.l2:
                found[f"{kernel}_regularizer"] = _keras("L1L2", l1=self.l1, l2=self.l2)
        return found

    def _initializer(self, seed: int, *, is_depthwise: bool) -> KerasObject:
        match self.initializer:
            case SuitsActivation():
                return _scaled(_suitable(self.before), seed, is_depthwise=is_depthwise)
            case Glorot() | He() | Lecun():
                return _scaled(self.initializer, seed, is_depthwise=is_depthwise)
            case Normal(stddev=stddev):
                return _keras("RandomNormal", stddev=stddev, seed=seed)
            case TruncatedNormal(stddev=stddev):
                return _keras("TruncatedNormal", stddev=stddev, seed=seed)
            case Uniform(limit=limit):
                return _keras("RandomUniform", minval=-limit, maxval=limit, seed=seed)
            case Orthogonal(gain=gain):
                return _keras("Orthogonal", gain=gain, seed=seed)
        return _keras("Zeros")


def weights_of(part: DenseLayer | ConvBlock) -> Weights:
    """Return what a part of a spec says about its weights."""
    return Weights(part.activation, part.initializer, part.constraint, part.l1, part.l2)


def _suitable(before: Activation) -> Glorot | Lecun:
    """Without LeCun's, SELU does not preserve mean 0 and variance 1 (Klambauer et al. 2017, Self-normalizing neural
    networks)."""
    return Lecun() if isinstance(before, Selu) else Glorot()


def _scaled(initializer: Glorot | He | Lecun, seed: int, *, is_depthwise: bool) -> KerasObject:
    """An initialiser whose variance follows from the number of inputs.

    A depthwise filter sees one channel, but Keras scales its initial weights by the number of all channels, so that
    signals fade. For a depthwise kernel, what Keras calls ``fan_out`` is both fan-in and fan-out of one filter.
    """
    kind = {"glorot": "Glorot", "he": "He", "lecun": "Lecun"}[initializer.kind]
    if not is_depthwise:
        return _keras(f"{kind}{initializer.distribution.capitalize()}", seed=seed)
    distribution = "truncated_normal" if initializer.distribution == "normal" else "uniform"
    scale = 2.0 if kind == "He" else 1.0
    return _keras("VarianceScaling", scale=scale, mode="fan_out", distribution=distribution, seed=seed)


def _constraint(constraint: Constraint, axes: tuple[int, ...]) -> KerasObject:
    axis = axes[0] if len(axes) == 1 else list(axes)
    match constraint:
        case MaxNorm(value=value):
            return _keras("MaxNorm", max_value=value, axis=axis)
        case UnitNorm():
            return _keras("UnitNorm", axis=axis)
    return _keras("NonNeg")


def _keras(class_name: str, **config: Any) -> KerasObject:
    return {"class_name": class_name, "config": config}

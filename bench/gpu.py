"""The compiled loop against ``model.fit`` on a GPU. ``make bench-gpu``; without a GPU it says so and does nothing.

Runs on the first of TensorFlow and JAX that is installed and finds a GPU, or on the one that KERAS_BACKEND names.
Compile time is counted on both sides, and the weights after two epochs over the same order of examples are compared.
The data of the larger networks is generated: what is measured is time.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from bench.setup import gpu_engine
from trainer.engines import backend

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.update(gpu_engine.environment())

import keras
import numpy as np
from sklearn.datasets import load_digits

from bench.report import Row, machine, write_section
from trainer.engines.loops import loop_of
from trainer.engines.machine import gpus
from trainer.spec import Fit, Spec

Arrays = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Case:
    """A network to train, and on what. ``goal`` is wanted of the time of the loop ÷ that of ``model.fit``."""

    name: str
    network: Callable[[keras.KerasTensor], keras.KerasTensor]
    data: Callable[[int], Arrays]
    num_examples: int
    batch_size: int
    epochs: int
    goal: float

    def small(self) -> Case:
        """The same with two batches and a rest, for a try on any device."""
        return replace(self, num_examples=20, batch_size=8, epochs=1)

    def model(self, inputs: np.ndarray) -> keras.Model:
        keras.utils.set_random_seed(0)
        shape = keras.Input(inputs.shape[1:])
        outputs = keras.layers.Dense(10, activation="softmax")(self.network(shape))
        model = keras.Model(shape, outputs)
        optimizer = keras.optimizers.SGD(0.01, momentum=0.9, nesterov=True)
        model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
        return model


def digits(number: int) -> Arrays:
    inputs, targets = load_digits(return_X_y=True)
    return (inputs[:number] / 16).astype(np.float32), targets[:number].astype(np.int32)


def generated(*shape: int) -> Callable[[int], Arrays]:
    """Noise of the shape of MNIST, CIFAR and the like."""

    def data(number: int) -> Arrays:
        generator = np.random.default_rng(0)
        return generator.random((number, *shape), np.float32), generator.integers(0, 10, number, np.int32)

    return data


def mlp(units: int, layers: int) -> Callable[[keras.KerasTensor], keras.KerasTensor]:
    """Srivastava et al. 2014: dropout and max-norm in every layer."""

    def network(tensor: keras.KerasTensor) -> keras.KerasTensor:
        for _ in range(layers):
            bound = keras.constraints.MaxNorm(3.0)
            tensor = keras.layers.Dense(units, activation="relu", kernel_constraint=bound)(tensor)
            tensor = keras.layers.Dropout(0.5)(tensor)
        return tensor

    return network


def wide_residual(tensor: keras.KerasTensor) -> keras.KerasTensor:
    """WRN-16-4 (Zagoruyko and Komodakis 2016): three groups of two blocks, activation before convolution."""
    tensor = keras.layers.Conv2D(16, 3, padding="same", use_bias=False)(tensor)
    for filters, stride in ((64, 1), (64, 1), (128, 2), (128, 1), (256, 2), (256, 1)):
        tensor = _residual_block(tensor, filters, stride)
    tensor = keras.layers.Activation("relu")(keras.layers.BatchNormalization(momentum=0.9)(tensor))
    return keras.layers.GlobalAveragePooling2D()(tensor)


def _residual_block(tensor: keras.KerasTensor, filters: int, stride: int) -> keras.KerasTensor:
    def convolve(tensor: keras.KerasTensor, size: int, stride: int) -> keras.KerasTensor:
        return keras.layers.Conv2D(filters, size, stride, padding="same", use_bias=False)(tensor)

    def activate(tensor: keras.KerasTensor) -> keras.KerasTensor:
        return keras.layers.Activation("relu")(keras.layers.BatchNormalization(momentum=0.9)(tensor))

    active = activate(tensor)
    shortcut = tensor if tensor.shape[-1] == filters else convolve(active, 1, stride)
    return keras.layers.Add()([convolve(activate(convolve(active, 3, stride)), 3, 1), shortcut])


CASES = (
    Case("digits, dropout + max-norm MLP", mlp(128, 2), digits, 1797, 32, 100, 0.1),
    Case("3 × 1024 max-norm MLP", mlp(1024, 3), generated(784), 60_000, 128, 10, 0.35),
    Case("WRN-16-4", wide_residual, generated(32, 32, 3), 50_000, 128, 3, 1.02),
)


def order_of(epoch: int, number: int) -> np.ndarray:
    return np.random.default_rng([0, epoch]).permutation(number).astype(np.int32)


def by_loop(case: Case, data: Arrays, epochs: int) -> keras.Model:
    """Train in the compiled loop."""
    model = case.model(data[0])
    loop = loop_of(model, *data, Spec(fit=Fit(batch_size=case.batch_size)))
    for epoch in range(epochs):
        model.reset_metrics()
        loop.train(order_of(epoch, len(data[0])), 0, loop.num_steps(len(data[0])))
        loop.metrics()
    return model


def by_fit(case: Case, data: Arrays, epochs: int) -> keras.Model:
    """Train as a plain script does."""
    model = case.model(data[0])
    model.fit(*data, batch_size=case.batch_size, epochs=epochs, verbose=0)
    return model


def difference(case: Case, data: Arrays, epochs: int = 2) -> float:
    """Relative difference of the weights of the loop and of ``model.fit`` over the same order of examples."""
    theirs = case.model(data[0])
    for epoch in range(epochs):
        order = order_of(epoch, len(data[0]))
        theirs.fit(data[0][order], data[1][order], batch_size=case.batch_size, shuffle=False, verbose=0)
    a, b = (np.concatenate([w.ravel() for w in model.get_weights()]) for model in (by_loop(case, data, epochs), theirs))
    return float(np.linalg.norm(a - b) / np.linalg.norm(b))


def seconds(side: Callable[[Case, Arrays, int], Any], case: Case, data: Arrays) -> float:
    began = time.perf_counter()
    side(case, data, case.epochs)
    return time.perf_counter() - began


def rows_of(case: Case, repeats: int) -> list[Row]:
    data = case.data(case.num_examples)
    ratios = [seconds(by_loop, case, data) / seconds(by_fit, case, data) for _ in range(repeats)]
    return [
        Row.of(f"{case.name}: loop ÷ model.fit", ratios, case.goal),
        Row.of(f"{case.name}: relative difference of weights after two epochs", [difference(case, data)], 0.01),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--try", action="store_true", dest="tries", help="try all of it, small, on any device")
    options = parser.parse_args()
    if not gpus() and not options.tries:
        asked = " and ".join(backend.TITLES[engine] for engine in gpu_engine.ASKED)
        print(f"{asked} found no GPU on this machine; nothing is measured.")
        return
    rows = []
    for case in CASES:
        for row in rows_of(case.small(), 1) if options.tries else rows_of(case, options.repeats):
            rows.append(row)
            print(row, flush=True)
    if not options.tries:
        where = f"{machine()}, {backend.TITLES[backend.current()]}, Keras {keras.__version__}"
        write_section(f"GPU: {gpus()[0]}", where, rows)


if __name__ == "__main__":
    main()

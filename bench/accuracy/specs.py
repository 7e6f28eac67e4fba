"""The specs that are measured: two that must reach a goal, the baselines, and each technique as it differs from them.

A difference replaces whole sections of its baseline's spec. Their numbers were chosen beforehand; those of the two
goals were looked for, by validation accuracy, after the test accuracy of earlier settings had been seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
SEEDS = range(5)
# Others than those on whose splits the two goals were tuned.
GOAL_SEEDS = range(10, 15)
# Checkpoints before the end would only take time: nothing is chosen among epochs.
LAST_ONLY = {"every_epochs": 1000, "when_improved": False, "keep_last": 1}
# Nothing is chosen on validation data either, so it is as good as a test part, and every run measures it by itself.
HALF_HELD_OUT = {"validation_fraction": 0.4, "test_fraction": 0.1}


def dense(units: int = 64, **fields: Any) -> Json:
    """A multilayer perceptron of two layers alike, without dropout unless it is given."""
    return {"kind": "mlp", "layers": [{"units": units, "dropout": 0.0} | fields] * 2}


def convnet(*filters: int, later: str = "full", **fields: Any) -> Json:
    """Three blocks; the first sees all pixels and has no pooling, the ``later`` ones are full or separable.

    A separable convolution of grey pixels would have a single filter, so the first is always a full one.
    """
    kinds = ("full", later, later)
    pools = (1, 2, 2)
    blocks = [
        {"filters": number, "convolution": kind, "pool_size": pool} | fields
        for number, kind, pool in zip(filters, kinds, pools, strict=True)
    ]
    return {"kind": "convnet", "blocks": blocks}


def adam(**fields: Any) -> Json:
    return {"kind": "adam", "learning_rate": 0.003} | fields


def on(dataset: str, network: Json, *, epochs: int, batch_size: int) -> Json:
    """A spec for a baseline."""
    fit = {"epochs": epochs, "batch_size": batch_size}
    return {"dataset": {"name": dataset}, "split": HALF_HELD_OUT, "network": network, "optimizer": adam(), "fit": fit}


COSINE = {"shape": {"kind": "cosine"}, "warmup_epochs": 2}
SHIFTED = {"translation": 0.1, "rotation": 10, "zoom": 0.1}
RESNET = {"kind": "resnet", "width": 16, "stages": 2, "blocks_per_stage": 2}
MAX_NORM = {"kind": "max_norm", "value": 3.0}


@dataclass(frozen=True)
class Goal:
    """A network that must reach a test accuracy, in the mean of all seeds."""

    name: str
    spec: Json
    accuracy: float


GOALS = (
    Goal(
        "multilayer perceptron with dropout and max-norm",
        {
            "dataset": {"name": "digits"},
            "network": dense(256, dropout=0.3, constraint=MAX_NORM) | {"input_dropout": 0.05},
            "optimizer": {"kind": "sgd", "learning_rate": 0.1, "momentum": 0.9, "nesterov": True},
            "schedule": COSINE,
            "fit": {"epochs": 60, "batch_size": 32},
        },
        0.975,
    ),
    Goal(
        "small separable convolutional network with augmentation",
        {
            "dataset": {"name": "digits"},
            "network": convnet(48, 96, 96, later="separable", dropout=0.2) | {"reduction": "flatten"},
            "output": {"label_smoothing": 0.05},
            "augmentation": SHIFTED,
            "optimizer": adam(),
            "schedule": COSINE,
            "fit": {"epochs": 120, "batch_size": 32, "weight_averaging": 0.99},
        },
        0.99,
    ),
)

DIGITS, CANCER, CONVNET, RESIDUAL = "digits-mlp", "breast-cancer-mlp", "digits-convnet", "digits-resnet"


@dataclass(frozen=True)
class Baseline:
    """What techniques are compared with."""

    name: str
    title: str
    spec: Json


BASELINES = (
    Baseline(
        DIGITS,
        "Digits, multilayer perceptron: two layers of 64 ReLU, Adam at 0.003, 30 epochs",
        on("digits", dense(), epochs=30, batch_size=32),
    ),
    Baseline(
        CANCER,
        "Breast cancer, multilayer perceptron: the same network, batches of 16",
        on("breast-cancer", dense(), epochs=30, batch_size=16),
    ),
    Baseline(
        CONVNET,
        "Digits, convolutional network: 16, 32 and 32 filters, batch normalisation, Adam at 0.003, 20 epochs",
        on("digits", convnet(16, 32, 32), epochs=20, batch_size=32),
    ),
    Baseline(
        RESIDUAL,
        "Digits, residual network: two stages of two blocks, 16 filters at first, the rest as the convolutional one",
        on("digits", RESNET, epochs=20, batch_size=32),
    ),
)


@dataclass(frozen=True)
class Technique:
    """The sections of a spec that differ from those of each of its baselines."""

    name: str
    difference: Json
    baselines: tuple[str, ...] = (DIGITS, CANCER)


TECHNIQUES = (
    Technique("dropout 0.2", {"network": dense(dropout=0.2)}),
    Technique("input dropout 0.1", {"network": dense() | {"input_dropout": 0.1}}),
    Technique("max-norm 3", {"network": dense(constraint=MAX_NORM)}),
    Technique("L2 penalty 0.001", {"network": dense(l2=0.001)}),
    Technique("batch normalisation", {"network": dense(normalization={"kind": "batch"})}),
    Technique("wider: 256 neurons a layer", {"network": dense(256)}),
    Technique("maxout, 2 pieces", {"network": dense(activation={"kind": "maxout", "pieces": 2})}, (DIGITS,)),
    Technique("leaky ReLU, slope 0.1", {"network": dense(activation={"kind": "leaky_relu", "slope": 0.1})}, (DIGITS,)),
    Technique("SELU", {"network": dense(activation={"kind": "selu"})}, (DIGITS,)),
    Technique("He initialisation", {"network": dense(initializer={"kind": "he"})}, (DIGITS,)),
    Technique("cosine schedule, 2 epochs of warm-up", {"schedule": COSINE}, (DIGITS,)),
    Technique("weight decay 0.1 (AdamW)", {"optimizer": adam(kind="adamw", weight_decay=0.1)}),
    Technique("label smoothing 0.1", {"output": {"label_smoothing": 0.1}}),
    Technique("weight averaging 0.99", {"fit": {"weight_averaging": 0.99}}, (DIGITS,)),
    Technique("augmentation: shifts of 10 %, 10°, zoom of 10 %", {"augmentation": SHIFTED}, (DIGITS, CONVNET)),
    Technique("augmentation: noise of 0.1", {"augmentation": {"feature_noise": 0.1}}, (CANCER,)),
    Technique(
        "together: 256 neurons, dropout 0.2, input dropout 0.1, max-norm 3",
        {"network": dense(256, dropout=0.2, constraint=MAX_NORM) | {"input_dropout": 0.1}},
    ),
    Technique("separable convolutions", {"network": convnet(16, 32, 32, later="separable")}, (CONVNET,)),
    Technique("residual network", {"network": RESNET}, (CONVNET,)),
    Technique("squeeze-and-excitation, ratio 4", {"network": RESNET | {"squeeze_ratio": 4}}, (RESIDUAL,)),
)


def combined(spec: Json, difference: Json) -> Json:
    """``spec`` with the sections of ``difference``, of which ``fit`` keeps epochs and batch size."""
    fit = {"fit": spec["fit"] | difference.get("fit", {})}
    return spec | difference | fit


def seeded(spec: Json, seed: int) -> Json:
    """``spec`` for one repeat: ``seed`` draws the weights, the order of the examples and the split.

    So all techniques see the same split with the same seed, and differences are paired.
    """
    split = spec.get("split", {}) | {"seed": seed}
    return spec | {"split": split, "checkpoints": LAST_ONLY, "seed": seed}

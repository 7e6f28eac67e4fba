"""Specs that train well on a dataset: tried out for those of the catalog, by size for others."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

from trainer.data.bundled.catalog import CATALOG
from trainer.data.facts import DatasetFacts
from trainer.data.sizes import sizes_of_groups
from trainer.errors import Problem, SpecError
from trainer.messages.message import Message
from trainer.spec import Spec, Split
from trainer.spec.metrics import Direction, default_metric
from trainer.validation.parsing import parse_spec

MOST_SEEDS = 100
SMALL = 5000  # examples, below which an epoch takes so little that many are needed


def default_spec(facts: DatasetFacts, family: str | None = None) -> Spec:
    """Return a spec that trains well on such data; ``family`` is "mlp" or "convnet", by default what suits it.

    Raises :class:`SpecError` for a family that does not fit it.
    """
    families = _families(facts)
    chosen = family or families[0]
    if chosen not in families:
        message = Message(
            "{family} given; accepted for {dataset}: {families}. Choose one of them.",
            family=repr(chosen),
            dataset=facts.shown_title,
            families=", ".join(families),
        )
        raise SpecError([Problem(("network", "kind"), message)])
    values = _VALUES.get((facts.name, chosen)) or _by_size(facts, chosen)
    return parse_spec({"dataset": {"name": facts.name}, "split": _split(facts)} | values)


def metric_for(facts: DatasetFacts) -> tuple[str, Direction]:
    """The metric that experiments on a dataset optimise by default, and its direction, "max" or "min"."""
    return default_metric(facts.task)


def _split(facts: DatasetFacts) -> dict[str, Any]:
    """Whole groups where examples belong together, else as shuffling draws them.

    Few groups may leave a part empty; then the first seed is taken that does not.
    """
    if not facts.group_name:
        return {}
    split = Split(method="grouped")
    for seed in range(MOST_SEEDS if facts.group_sizes else 0):
        tried = split.model_copy(update={"seed": seed})
        if all(sizes_of_groups(tried, facts.group_sizes, facts)):
            return {"method": "grouped", "seed": seed}
    return {"method": "grouped"}


def _families(facts: DatasetFacts) -> list[str]:
    """The families that fit the data, the default first: on digits, the faster one."""
    if facts.kind == "table":
        return ["mlp"]
    return ["mlp", "convnet"] if facts.name == "digits" else ["convnet", "mlp"]


def _dense(units: int, dropout: float = 0.2, max_norm: float | None = None) -> dict[str, Any]:
    bound = None if max_norm is None else {"kind": "max_norm", "value": max_norm}
    return {"units": units, "dropout": dropout, "constraint": bound}


def _mlp(*layers: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "mlp", "layers": list(layers)}


def _convnet(*filters: int, dropout: float = 0.1) -> dict[str, Any]:
    blocks = [{"filters": number, "dropout": dropout} for number in filters]
    return {"kind": "convnet", "blocks": blocks}


def _fit(epochs: int, batch_size: int) -> dict[str, Any]:
    return {"epochs": epochs, "batch_size": batch_size}


def _adam(learning_rate: float) -> dict[str, Any]:
    return {"kind": "adam", "learning_rate": learning_rate}


def _large_image(*filters: int) -> dict[str, Any]:
    return {"network": _convnet(*filters), "optimizer": _adam(0.001), "fit": _fit(15, 128)}


def _large_mlp(*units: int) -> dict[str, Any]:
    return {"network": _mlp(*(_dense(width) for width in units)), "optimizer": _adam(0.001), "fit": _fit(15, 128)}


def _small_table(*units: int, dropout: float = 0.2, epochs: int = 60) -> dict[str, Any]:
    layers = _mlp(*(_dense(width, dropout) for width in units))
    return {"network": layers, "optimizer": _adam(0.003), "fit": _fit(epochs, 16)}


_DIGITS_MLP = {
    "network": _mlp(_dense(128, 0.2, 3.0), _dense(128, 0.2, 3.0)),
    "optimizer": {"kind": "sgd", "learning_rate": 0.05, "momentum": 0.9, "nesterov": True},
    "fit": _fit(30, 32),
}
_DIGITS_CONVNET = {"network": _convnet(32, 64), "optimizer": _adam(0.002), "fit": _fit(30, 32)}

_VALUES: dict[tuple[str, str], dict[str, Any]] = {
    ("digits", "mlp"): _DIGITS_MLP,
    ("digits", "convnet"): _DIGITS_CONVNET,
    ("breast-cancer", "mlp"): _small_table(32, 16, dropout=0.2, epochs=40),
    ("wine", "mlp"): _small_table(32, 16),
    ("iris", "mlp"): _small_table(32, 16, dropout=0.1),
    ("diabetes", "mlp"): _small_table(32, dropout=0.2, epochs=60),
    ("mnist", "mlp"): _large_mlp(512, 256),
    ("mnist", "convnet"): _large_image(32, 64, 128),
    ("fashion-mnist", "mlp"): _large_mlp(512, 256),
    ("fashion-mnist", "convnet"): _large_image(32, 64, 128),
    ("cifar10", "mlp"): _large_mlp(1024, 512),
    ("cifar10", "convnet"): _large_image(64, 128, 256),
    ("cifar100", "mlp"): _large_mlp(1024, 512),
    ("cifar100", "convnet"): _large_image(64, 128, 256, 512),
    ("california-housing", "mlp"): _large_mlp(128, 128),
}


def _by_size(facts: DatasetFacts, family: str) -> dict[str, Any]:
    """Values for data that nobody tried: as for data of the catalog of about its kind and size."""
    is_small = facts.num_examples < SMALL
    if family == "convnet":
        # A block halves height and width, so a small image has room for few.
        blocks = max(1, min(3, int(math.log2(min(facts.input_shape[:2])))))
        return _large_image(*(32, 64, 128)[:blocks]) | ({"fit": _fit(30, 32)} if is_small else {})
    if is_small:
        return _small_table(32, 16)
    return _large_mlp(128, 128) if facts.kind == "table" else _large_mlp(512, 256)


EXAMPLES: dict[str, Callable[[], Spec]] = {
    f"{name}-{family}": partial(default_spec, facts, family)
    for name, facts in CATALOG.items()
    for family in sorted(_families(facts), reverse=True)
}

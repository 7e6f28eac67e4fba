"""Specs as a blindfolded person might fill them in: any option, any number within its bounds, but small networks."""

from __future__ import annotations

from random import Random
from typing import Any, Literal, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from tests.every_option import is_union, parts_of
from trainer.data.bundled.catalog import facts_of
from trainer.data.facts import DatasetFacts
from trainer.spec import Spec
from webapp.spec_ui.schema import applies

Values = dict[str, Any]
DATASETS = ("digits", "iris", "diabetes")
# Fields that decide how large a network is, and how much of it is computed: no more than this.
MOST = {
    "units": 24, "filters": 6, "max_filters": 12, "kernel_size": 5, "pool_size": 3, "resize": 12, "pieces": 3,
    "stages": 3, "blocks_per_stage": 2, "layers_per_stage": 2, "convolutions_per_stage": 2, "middle_blocks": 1,
    "width": 8, "widening": 2, "growth_rate": 4, "blocks": 2, "groups": 8, "batch_size": 64, "epochs": 20,
    "gradient_accumulation": 4,
}  # fmt: skip
LONGEST_LIST = 2
# With larger ones most specs would be refused for having nothing to train on.
PARTS = {"validation_fraction": 0.15, "test_fraction": 0.15}
# What no single process can be asked for, and what the page fills in.
LEFT_OUT = {"version", "engine", "devices", "content_hash", "xla", "data"}


def random_spec(seed: int) -> Values:
    """Return the values of a spec that the form can make, which may not fit itself; most fields have their default."""
    random = Random(seed)
    dataset = random.choice(DATASETS)
    values = _part(Spec, random, facts_of(dataset))
    return values | {"dataset": {"name": dataset}, "split": values.get("split", {}) | PARTS}


def _part(part: type[BaseModel], random: Random, facts: DatasetFacts) -> Values:
    kind = part.model_fields.get("kind")
    values: Values = {"kind": kind.default} if kind else {}
    for name, info in part.model_fields.items():
        shown = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
        is_for_it = applies(tuple(shown.get("applies_to") or ()), facts)
        if info.title is None or shown.get("hidden") or name in LEFT_OUT or not is_for_it:
            continue
        if name in MOST or get_origin(info.annotation) is tuple or random.random() < 0.3:
            values[name] = _value(name, info.annotation, info, random, facts)
    return values


def _value(name: str, annotation: Any, info: FieldInfo, random: Random, facts: DatasetFacts) -> Any:
    shown: Any = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    only_for = shown.get("option_applies_to") or {}
    options = get_args(annotation) if is_union(annotation) else (annotation,)
    if type(None) in options and random.random() < 0.5:
        return None
    if parts := parts_of(annotation):
        suiting = [part for part in parts if applies(tuple(getattr(part, "suits", ())), facts)]
        return _part(random.choice(suiting), random, facts)
    (plain,) = (option for option in options if option is not type(None))
    if get_origin(plain) is Literal:
        return random.choice([each for each in get_args(plain) if applies(tuple(only_for.get(each, ())), facts)])
    if get_origin(plain) is tuple:
        return [_value(name, get_args(plain)[0], info, random, facts) for _ in range(_length(info, random))]
    if plain is bool:
        return random.random() < 0.5
    return random.choice(["output", "dense_1"]) if plain is str else _number(name, plain, info, random)


def _length(info: FieldInfo, random: Random) -> int:
    bounds = {type(bound): bound for bound in info.metadata}
    least = bounds[MinLen].min_length if MinLen in bounds else 0
    most = bounds[MaxLen].max_length if MaxLen in bounds else LONGEST_LIST
    return random.randint(least, max(least, min(most, LONGEST_LIST)))


def _number(name: str, kind: type, info: FieldInfo, random: Random) -> float:
    bounds = {type(bound): bound for bound in info.metadata}
    low = bounds[Ge].ge if Ge in bounds else bounds[Gt].gt if Gt in bounds else 0
    high = bounds[Le].le if Le in bounds else bounds[Lt].lt if Lt in bounds else 10
    high = min(high, MOST.get(name, max(low + 1, 10)))
    if kind is int:
        return random.randint(low + (Gt in bounds), max(low, high))
    # The end of a range that is not included is never drawn.
    return low + (high - low) * (0.001 + 0.998 * random.random())

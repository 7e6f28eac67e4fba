"""Specs that together use every part and every option that is registered, one thing changed in each.

They are written from the models of the spec: a technique that is added is met by the contract tests without a new line.
"""

from __future__ import annotations

import copy
import types
from collections.abc import Iterator
from typing import Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from trainer.data.bundled.catalog import facts_of
from trainer.data.facts import DatasetFacts
from trainer.errors import SpecError
from trainer.spec import Spec
from trainer.spec.fields import Option
from trainer.validation.compatibility import check_spec
from trainer.validation.parsing import parse_spec

Values = dict[str, Any]
Path = tuple[str | int, ...]
What = tuple[str, str, str]  # a part, its field, and the value
Change = tuple[Path, Any, str, What]
FIT: Values = {"epochs": 4, "batch_size": 64}
# Small ones of each kind of data and task. A variant changes one field of one of them.
BASES: dict[str, Values] = {
    "digits": {
        "dataset": {"name": "digits"},
        "network": {"kind": "convnet", "blocks": [{"filters": 4}], "dense": [{"units": 8}]},
        "fit": FIT,
    },
    "iris": {"dataset": {"name": "iris"}, "network": {"kind": "mlp", "layers": [{"units": 8}]}, "fit": FIT},
    "diabetes": {"dataset": {"name": "diabetes"}, "network": {"kind": "mlp", "layers": [{"units": 8}]}, "fit": FIT},
}
# Sections whose parts are the same for any data: each of their options is taken with one dataset only.
ONCE = {"network", "optimizer"}
# Networks that train in a second, of families whose defaults do not.
TINY: dict[str, Values] = {
    "resnet": {"width": 4, "stages": 2, "blocks_per_stage": 1, "squeeze_ratio": 2},
    "wide_resnet": {"widening": 1, "stages": 1, "blocks_per_stage": 1},
    "densenet": {"growth_rate": 2, "stages": 2, "layers_per_stage": 1},
    "vgg": {"filters": 4, "stages": 1, "convolutions_per_stage": 1, "dense": [{"units": 8}]},
    "xception": {"filters": 4, "stages": 1, "middle_blocks": 0},
    "resnet_mlp": {"width": 8, "blocks": 1},
}
# What says which run it is, not how it trains; several devices are not on every machine; a value to stop at ends a run
# before its resume could be compared.
LEFT_OUT = {("version",), ("dataset",), ("fit", "epochs"), ("fit", "stop_at"), ("computation", "devices"), ("engine",)}


def variants() -> dict[str, Values]:
    """Return the values of every spec that can be trained, by a name such as "iris: optimizer.kind=sgd"."""
    return {name: values for name, values in _all() if not refused(values)}


def refusals() -> dict[str, Values]:
    """Return the values of every spec that does not fit its data or itself."""
    return {name: values for name, values in _all() if refused(values)}


def refused(values: Values) -> list[str]:
    """Return why the spec cannot be trained, one sentence for each field that is wrong."""
    try:
        spec = parse_spec(values)
    except SpecError as error:
        return [str(problem.message) for problem in error.problems]
    return [str(problem.message) for problem in check_spec(spec, facts_of(spec.dataset.name))]


def _all() -> Iterator[tuple[str, Values]]:
    seen: set[What] = set()
    for dataset, base in BASES.items():
        whole = parse_spec(base).to_json()
        for path, value, told, what in _changes(Spec, whole, (), facts_of(dataset)):
            if path[0] not in ONCE or what not in seen:
                yield f"{dataset}: {told}", _changed(whole, path, value)
            seen.add(what)


def _changed(whole: Values, path: Path, value: Any) -> Values:
    changed = copy.deepcopy(whole)
    around: Any = changed
    for step in path[:-1]:
        around = around[step]
    around[path[-1]] = value
    return changed


def _changes(model: type[BaseModel], values: Values, at: Path, facts: DatasetFacts) -> Iterator[Change]:
    """Yield each field below ``at`` with each value that it might have instead, and what that change is called."""
    for name, info in model.model_fields.items():
        shown = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
        applies = set(shown.get("applies_to") or (facts.task,))
        is_for_it = bool(applies & {facts.task, facts.kind})
        if info.title is None or shown.get("hidden") or (*at, name) in LEFT_OUT or not is_for_it:
            continue
        # What options of one choice share, such as the activation of all families of networks, is one field.
        owner = ("any option" if issubclass(model, Option) and parts_of(info.annotation) else model.__name__, name)
        yield from _changes_of(info.annotation, info, values.get(name), (*at, name), facts, owner)


def _changes_of(
    annotation: Any, info: FieldInfo, value: Any, at: Path, facts: DatasetFacts, owner: tuple[str, str]
) -> Iterator[Change]:
    name = ".".join(map(str, at))
    parts = parts_of(annotation)
    current = value.get("kind") if isinstance(value, dict) else "none of them"
    for part in parts:
        if _kind(part) == current and isinstance(value, dict):
            yield from _changes(part, value, at, facts)
            continue
        other = part.model_validate(TINY.get(_kind(part) or "", {}), strict=False).model_dump(mode="json")
        kind = _kind(part) or "on"
        yield at, other, f"{name}={kind}", (*owner, kind)
        for path, changed, told, what in _changes(part, other, (), facts):
            yield at, _changed(other, path, changed), f"{name}={kind}, {told}", what
    if isinstance(value, list):
        (item, *_) = get_args(annotation)
        for index, entry in enumerate(value):
            yield from _changes_of(item, info, entry, (*at, index), facts, owner)
    elif not parts:
        for other in _others(annotation, info, value):
            yield at, other, f"{name}={other}", (*owner, str(other))


def parts_of(annotation: Any) -> list[type[BaseModel]]:
    """Return the parts that a field of this type may hold."""
    candidates = get_args(annotation) if is_union(annotation) else (annotation,)
    return [each for each in candidates if isinstance(each, type) and issubclass(each, BaseModel)]


def _kind(part: type[BaseModel]) -> str | None:
    info = part.model_fields.get("kind")
    return info.default if info else None


def is_union(annotation: Any) -> bool:
    """Return whether a field of this type has alternatives."""
    return get_origin(annotation) in (Union, types.UnionType)


def _others(annotation: Any, info: FieldInfo, value: Any) -> list[Any]:
    """Other values of a plain field: every option of a choice, one number within the bounds."""
    options = get_args(annotation) if is_union(annotation) else (annotation,)
    if any(get_origin(option) is Literal for option in options):
        return [each for option in options for each in get_args(option) if each != value]
    if bool in options:
        return [not value]
    if int in options or float in options:
        return _numbers(info, value, is_whole=int in options)
    return []


def _numbers(info: FieldInfo, value: Any, *, is_whole: bool) -> list[Any]:
    bounds = {type(bound): bound for bound in info.metadata}
    low = bounds[Ge].ge if Ge in bounds else bounds[Gt].gt if Gt in bounds else 0
    high = bounds[Le].le if Le in bounds else bounds[Lt].lt if Lt in bounds else 1e6
    tried = [value * 2, value / 2] if value else []
    tried += [low + 1, low + (min(high, low + 1) - low) / 4]
    numbers = [round(number) if is_whole else float(number) for number in tried]
    return [number for number in numbers if low < number < high and number != value][:1]


VARIANTS = variants()

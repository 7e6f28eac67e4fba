"""Upgrading specs of earlier versions to the current one.

A stored spec is never rewritten: it is upgraded whenever it is read, by one step from each version to the next. A
step preserves the meaning that the spec had when it was stored. A new field whose default keeps the old behaviour
needs no step; a field that is renamed, or whose default changes behaviour, needs a new version and a step.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from trainer.errors import Problem, SpecError
from trainer.messages.message import Message, joined

SPEC_VERSION = 3
Values = dict[str, Any]


def _save_when_improved(values: Values) -> Values:
    """1 to 2: version 1 saved at fixed intervals only, never because of an improvement."""
    kept = values.get("checkpoints", {})
    return values | {"checkpoints": {"when_improved": False} | kept} if isinstance(kept, dict) else values


def _choose_parts(values: Values) -> Values:
    """2 to 3: what layers have, clipping and the loss became choices of parts with fields of their own."""
    changed = {"network": _with_parts_in_layers, "optimizer": _with_clipping, "output": _with_loss}
    given = {name: change(values[name]) for name, change in changed.items() if isinstance(values.get(name), dict)}
    return values | given


def _with_clipping(optimizer: Values) -> Values:
    if "clip_norm" not in optimizer:
        return optimizer
    optimizer = dict(optimizer)
    bound = optimizer.pop("clip_norm")
    return optimizer | {"clipping": None if bound is None else {"kind": "norm", "bound": bound}}


def _with_loss(output: Values) -> Values:
    return output | {"loss": {"kind": output["loss"]}} if isinstance(output.get("loss"), str) else output


def _with_parts_in_layers(network: Values) -> Values:
    lists = {name: network[name] for name in ("layers", "blocks", "dense") if isinstance(network.get(name), list)}
    return network | {name: [_with_parts(layer) for layer in rows] for name, rows in lists.items()}


def _with_parts(layer: Any) -> Any:
    if not isinstance(layer, dict):
        return layer
    layer = dict(layer)
    if isinstance(layer.get("activation"), str):
        layer["activation"] = {"kind": layer["activation"]}
    if "max_norm" in layer:
        bound = layer.pop("max_norm")
        layer["constraint"] = None if bound is None else {"kind": "max_norm", "value": bound}
    if "batch_normalization" in layer:
        layer["normalization"] = {"kind": "batch"} if layer.pop("batch_normalization") else None
    return layer


STEPS: dict[int, Callable[[Values], Values]] = {1: _save_when_improved, 2: _choose_parts}


def upgrade(values: Any) -> Any:
    """Return ``values`` as a spec of the current version.

    A spec without a version is assumed to be current; a value that is not an object is returned unchanged. The
    argument is not modified. Raises :class:`SpecError` for a version that does not exist or belongs to a later
    release.
    """
    if not isinstance(values, dict) or "version" not in values:
        return values
    version = values["version"]
    if type(version) is not int or not 1 <= version <= SPEC_VERSION:
        raise SpecError([Problem(("version",), _refusal(version))])
    for step in range(version, SPEC_VERSION):
        values = STEPS[step](values)
    return values | {"version": SPEC_VERSION}


def _refusal(version: object) -> Message:
    given = json.dumps(version, default=str)[:40]
    accepted = Message("Must be a whole number from 1 to {latest} (given: {given}).", latest=SPEC_VERSION, given=given)
    if type(version) is int and version > SPEC_VERSION:
        advice = Message("It belongs to a later release: use that release, or write the spec for this one.")
    else:
        advice = Message("Leave it out for a spec of this release.")
    return joined(accepted, advice)

"""The tables of a comparison: the results of each run, and the differences of the specs. Pure functions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from trainer.messages.message import Message
from trainer.spec.metrics import direction_of, family_of, is_on_validation, label_of
from webapp.runs.models import Run
from webapp.spec_ui.differences import ABSENT, leaves
from webapp.spec_ui.listing import section_and_label
from webapp.spec_ui.schema import Words


@dataclass(frozen=True)
class MetricCell:
    """The result of one run in one metric; ``leads`` if no other run of the comparison has a better best value."""

    last: Any
    best: float | None
    best_epoch: int | None
    leads: bool


@dataclass(frozen=True)
class SpecRow:
    """One field over all runs: the values in words, and which of them differ from the base's."""

    section: Words
    label: Words
    values: list[tuple[Words, bool]]

    @property
    def differs(self) -> bool:
        return len({text for text, _ in self.values}) > 1


def metrics_of(runs: Sequence[Run], family: str = "") -> list[tuple[str, Message]]:
    """Name and label of every metric that any of the runs reported, validation first; only those of ``family``."""
    names = {name for run in runs for name in run.summary if family in ("", family_of(name))}
    order = sorted(names, key=lambda name: (not is_on_validation(name), name))
    return [(name, label_of(name)) for name in order]


def cells_of(runs: Sequence[Run], metric: str) -> list[MetricCell]:
    """One cell for each run, in order."""
    entries = [run.summary.get(metric) or {} for run in runs]
    reached = [entry.get("best") for entry in entries]
    finite = [value for value in reached if isinstance(value, int | float) and math.isfinite(value)]
    mode = mode_in(runs, metric)
    pick = max if mode == "max" else min
    top = pick(finite) if mode and len(finite) > 1 else None
    return [
        MetricCell(entry.get("last"), value, entry.get("best_epoch"), top is not None and value == top)
        for entry, value in zip(entries, reached, strict=True)
    ]


def mode_in(runs: Sequence[Run], metric: str) -> str:
    """ "max" or "min": from an experiment judged by this metric, else the registry; "" where nothing is best."""
    modes = (run.experiment.metric_mode for run in runs if run.experiment.metric == metric)
    return next(modes, direction_of(metric) or "")


def spec_rows(runs: Sequence[Run], base: Run) -> list[SpecRow]:
    """Every field that any of the specs has, in the order of the form."""
    specs = {run.pk: leaves(run.current_spec) for run in runs}
    paths = dict.fromkeys(path for spec in specs.values() for path in spec)
    sections = list(dict.fromkeys(path[0] for path in paths))
    ordered = sorted(paths, key=lambda path: sections.index(path[0]))
    rows = []
    for path in ordered:
        texts = [specs[run.pk][path].text if path in specs[run.pk] else ABSENT for run in runs]
        usual = specs[base.pk][path].text if path in specs[base.pk] else ABSENT
        leaf = next(spec[path] for spec in specs.values() if path in spec)
        values = [(text, text != usual) for text in texts]
        rows.append(SpecRow(*section_and_label(leaf), values))
    return rows

"""What the charts of a run show: pure functions from recorded values to plain data.

Titles and labels are in the reader's language. The browser turns it all into figures (``static/js/charts/figure.js``,
pure as well), because smoothing, axes, theme and live points change there. Plotly is never imported here: it would
cost every web process its memory.
Values that are not finite stay the strings "NaN", "Infinity" and "-Infinity" of the events.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

from trainer.messages.message import Message
from trainer.spec.metrics import direction_of, family_of, is_on_validation, label_of, title_of
from webapp.metrics.downsampling import downsampled_rows

LEARNING_RATE = "learning_rate"
# A chart is a few hundred pixels wide: more samples than this cannot be distinguished.
SYSTEM_POINTS = 600


class Sample(NamedTuple):
    """A measurement of the machine: time as ISO text, attempt, and the ``system`` event's payload."""

    at: str
    attempt: int
    payload: Mapping[str, Any]


def panels(metrics: Iterable[str], judged_by: str = "", mode: str = "") -> list[dict[str, Any]]:
    """One chart for every family of ``metrics``: loss, then that of the experiment's metric, then the others.

    Each is ``{"id", "title", "mode", "series": [{"metric", "label", "part"}]}``; ``part`` is "train" or "validation",
    ``mode`` is "max", "min" or "" where nothing is best. ``judged_by`` and ``mode`` are the experiment's.
    """
    families: dict[str, list[str]] = {}
    for metric in metrics:
        families.setdefault(family_of(metric), []).append(metric)
    judged = family_of(judged_by)
    order = sorted(families, key=lambda family: (family != "loss", family != judged, family))
    shown = [
        _panel(name, mode if name == judged and mode else direction_of(name) or "", families[name]) for name in order
    ]
    return [*shown, _learning_rate_panel()] if shown else []


def _panel(family: str, mode: str, metrics: Iterable[str]) -> dict[str, Any]:
    series = [_series(metric) for metric in sorted(metrics)]
    return {"id": family, "title": str(title_of(family)), "mode": mode, "series": series}


def _learning_rate_panel() -> dict[str, Any]:
    title = str(Message("Learning rate"))
    series = [{"metric": LEARNING_RATE, "label": title, "part": "train"}]
    return {"id": LEARNING_RATE, "title": title, "mode": "", "series": series}


def _series(metric: str) -> dict[str, str]:
    part = "validation" if is_on_validation(metric) else "train"
    return {"metric": metric, "label": str(label_of(metric)), "part": part}


def epoch_columns(epochs: Iterable[Mapping[str, Any]], limit: int = 0, marked: Container[int] = ()) -> dict[str, Any]:
    """Columns from the payloads of ``epoch`` events, in order, downsampled to about ``limit`` rows unless that is 0.

    ``{"epoch": […], "elapsed": […], "learning_rate": […], "metrics": {name: […]}, "until": […]}``; ``None`` where an
    epoch has no such metric. ``elapsed`` is the training time in seconds at the epoch's end. Downsampled
    columns keep the ``downsampled_rows`` and the epochs ``marked``, and only they have ``until``: the last epoch left
    out between a row and the next one.
    """
    rows = list(epochs)
    names = sorted({name for row in rows for name in row.get("metrics", {})})
    metrics = {name: [row.get("metrics", {}).get(name) for row in rows] for name in names}
    columns: dict[str, Any] = {
        "epoch": [row["epoch"] for row in rows],
        "elapsed": [round(time, 3) for time in accumulate(row.get("seconds") or 0.0 for row in rows)],
        "learning_rate": [row.get("learning_rate") for row in rows],
    }
    if limit and len(rows) > limit:
        return _downsampled_columns(columns, metrics, limit, marked)
    return columns | {"metrics": metrics}


def _downsampled_columns(
    columns: Mapping[str, list[Any]], metrics: Mapping[str, list[Any]], limit: int, marked: Container[int]
) -> dict[str, Any]:
    epochs = columns["epoch"]
    beside_gaps = {at for gap, pair in enumerate(pairwise(epochs)) if pair[1] > pair[0] + 1 for at in (gap, gap + 1)}
    also = {at for at, epoch in enumerate(epochs) if epoch in marked}
    places = sorted({*downsampled_rows([*metrics.values(), columns["learning_rate"]], limit), *beside_gaps, *also})
    ends = [*(place - 1 for place in places[1:]), len(epochs) - 1]
    kept: dict[str, Any] = {name: [values[at] for at in places] for name, values in columns.items()}
    kept["metrics"] = {name: [_short(values[at]) for at in places] for name, values in metrics.items()}
    return kept | {"until": [epochs[end] for end in ends]}


def _short(value: Any) -> Any:
    """The number with the digits of single precision: half as many to send, and the order of values is kept."""
    return float(f"{value:.9g}") if isinstance(value, float) else value


def system_columns(samples: Sequence[Sample], limit: int = SYSTEM_POINTS) -> dict[str, list[Any]]:
    """Columns of machine use over time, downsampled to about ``limit`` points that keep every peak of the CPU.

    A row of ``None`` separates two attempts, so that no line joins them.
    """
    names = ("cpu_percent", "memory_bytes", "gpu_percent", "gpu_memory_bytes")
    columns: dict[str, list[Any]] = {name: [] for name in ("at", *names)}
    before: Sample | None = None
    for sample in downsampled_samples(samples, limit):
        if before is not None and before.attempt != sample.attempt:
            for name, values in columns.items():
                values.append(sample.at if name == "at" else None)
        columns["at"].append(sample.at)
        for name in names:
            columns[name].append(sample.payload.get(name))
        before = sample
    return columns


def downsampled_samples(samples: Sequence[Sample], limit: int) -> Sequence[Sample]:
    """At most ``limit`` samples: of each interval of equal length the one with the highest CPU use."""
    if len(samples) <= limit:
        return samples
    edges = [len(samples) * part // limit for part in range(limit + 1)]
    return [
        max(samples[start:end], key=lambda sample: sample.payload.get("cpu_percent") or 0)
        for start, end in pairwise(edges)
    ]

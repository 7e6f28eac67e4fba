"""What a worker found out about data, prepared for display as plain values. No request, no database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from trainer.data.findings.finding import Finding
from trainer.messages.message import NOTHING, Message

CHART_WIDTH, CHART_HEIGHT = 480, 120
GAP = 2


@dataclass(frozen=True)
class Bar:
    """One bar of a histogram. ``x``, ``y``, ``width`` and ``height`` place it in a chart of upright bars."""

    name: str
    count: int
    share: float
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class DatasetSummary:
    """Everything that a worker found out about a dataset, prepared for display."""

    bars: tuple[Bar, ...]
    most: int
    # Range of a numeric target.
    low: float | None
    high: float | None
    samples: tuple[dict[str, Any], ...]
    columns: tuple[dict[str, Any], ...]
    content_hash: str
    # What was noticed, and how well the simplest answer does; empty for data that an earlier release described.
    findings: tuple[Finding, ...] = ()
    baseline: Message = NOTHING
    # Of several labels an example: how many examples have none, one, and so on.
    labels_each: tuple[Bar, ...] = ()

    @property
    def most_each(self) -> int:
        """The count of the longest bar of ``labels_each``."""
        return max((bar.count for bar in self.labels_each), default=0)

    @property
    def has_missing(self) -> bool:
        return any(column.get("missing") for column in self.columns)


def summary_of(described: dict[str, Any]) -> DatasetSummary | None:
    """``described`` as :func:`trainer.data.summary.describe` wrote it; ``None`` while there is none."""
    if not described:
        return None
    histogram = described.get("histogram", [])
    counted = [(entry["name"], entry["count"]) for entry in histogram]
    labels_each = [(entry["name"], entry["count"]) for entry in described.get("labels_each", [])]
    return DatasetSummary(
        bars=bars_of(counted, sum(count for _, count in labels_each)),
        labels_each=bars_of(labels_each),
        most=max((count for _, count in counted), default=0),
        low=histogram[0].get("low") if histogram else None,
        high=histogram[-1].get("high") if histogram else None,
        samples=tuple(described.get("samples", [])),
        columns=tuple(described.get("columns", [])),
        content_hash=described.get("content_hash", ""),
        findings=findings_in(described),
        baseline=Message.from_json(described.get("baseline", "")),
    )


def findings_in(described: dict[str, Any]) -> tuple[Finding, ...]:
    """The findings in the summary of a dataset; none while there is no summary."""
    return tuple(map(Finding.from_json, described.get("findings", ())))


def class_counts(described: dict[str, Any]) -> list[int]:
    """How many examples each class has; empty for a regression, and while nothing is known."""
    histogram = described.get("histogram", [])
    return [] if any("low" in entry for entry in histogram) else [entry["count"] for entry in histogram]


def understood_of(stored: dict[str, Any]) -> dict[str, Any] | None:
    """What an upload has in ``understood``, its messages to be read; ``None`` while nothing is."""
    if not stored:
        return None
    return stored | {
        "layout": Message.from_json(stored["layout"]),
        "notes": [Message.from_json(note) for note in stored["notes"]],
        "columns": [each | {"reason": Message.from_json(each["reason"])} for each in stored["columns"]],
        "left_out": [each | {"reason": Message.from_json(each["reason"])} for each in stored["left_out"]],
        "remedies": [each | {"says": Message.from_json(each["says"])} for each in stored.get("remedies", [])],
        "size_bars": bars_of([(each["name"], each["count"]) for each in stored.get("sizes", [])]),
    }


def bars_of(counted: Sequence[tuple[str, int]], num_examples: int = 0) -> tuple[Bar, ...]:
    """Bars whose heights fill a chart of ``CHART_WIDTH`` by ``CHART_HEIGHT``.

    Their shares are those of ``num_examples``, which is given where an example may be in several bars.
    """
    total = num_examples or sum(count for _, count in counted) or 1
    most = max((count for _, count in counted), default=0) or 1
    width = CHART_WIDTH / max(len(counted), 1)
    bars = []
    for index, (name, count) in enumerate(counted):
        height = round(CHART_HEIGHT * count / most, 1)
        place = {"x": round(index * width, 1), "y": CHART_HEIGHT - height, "width": round(width - GAP, 1)}
        bars.append(Bar(name, count, count / total, **place, height=height))
    return tuple(bars)


def example_row(described: dict[str, Any]) -> list[float | str | None] | None:
    """The cells of one sample of a table, as an example."""
    samples = described.get("samples", [])
    return samples[0].get("values") if samples else None

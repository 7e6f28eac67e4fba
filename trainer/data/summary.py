"""The content of a dataset page: counts, samples, columns, and the content hash."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from trainer.data.facts import ColumnFacts, DatasetFacts
from trainer.data.findings.classes import class_counts
from trainer.data.findings.rules import baseline_of, findings_of
from trainer.data.images import tidy
from trainer.data.loading import Data, load
from trainer.data.samples import samples_of
from trainer.data.statistics import moments, moments_of_present
from trainer.data.versions.differences import difference

NUM_BINS = 20


def summarize(data: Data) -> dict[str, Any]:
    """Describe a dataset in JSON values."""
    facts, targets = data.facts, data.targets[data.kept]
    return {
        "num_examples": len(data.targets),
        "num_validation": facts.num_validation,
        "num_test": facts.num_test,
        "input_shape": list(data.inputs.shape[1:]),
        "content_hash": data.content_hash,
        "histogram": histogram(targets) if facts.task == "regression" else _class_counts(targets, facts),
        "labels_each": _labels_each(targets) if facts.task == "multilabel" else [],
        "samples": samples_of(data.inputs, data.targets, facts, data.left_out),
        "columns": _columns(data, facts),
        "findings": [finding.to_json() for finding in findings_of(data)],
        "baseline": baseline_of(data).to_json(),
    }


def described(data: Data, previous: Path | None = None) -> dict[str, Any]:
    """The ``facts`` and ``summary`` of what is a dataset now, in JSON values.

    With the prepared version ``previous`` also the ``difference`` from that.
    """
    found = {"facts": data.facts.model_dump(mode="json"), "summary": summarize(data)}
    return found | ({"difference": difference(load(previous, "r"), data)} if previous else {})


def histogram(values: np.ndarray, num_bins: int = NUM_BINS) -> list[dict[str, Any]]:
    """Equal bins over ``values``: their name, bounds and counts."""
    counts, edges = np.histogram(values, bins=num_bins)
    bins = zip(counts, edges[:-1], edges[1:], strict=True)
    return [
        {"name": f"{low:.4g} – {high:.4g}", "low": tidy(low), "high": tidy(high), "count": int(count)}
        for count, low, high in bins
    ]


def _class_counts(targets: np.ndarray, facts: DatasetFacts) -> list[dict[str, Any]]:
    counts = class_counts(targets, facts)
    return [{"name": name, "count": int(count)} for name, count in zip(facts.class_names, counts, strict=True)]


def _labels_each(targets: np.ndarray) -> list[dict[str, Any]]:
    """How many examples have no label, one, two and so on, up to the most that one has."""
    counts = np.bincount(targets.sum(axis=1).astype(np.int64))
    return [{"name": str(number), "count": int(count)} for number, count in enumerate(counts)]


def _columns(data: Data, facts: DatasetFacts) -> list[dict[str, Any]]:
    """Mean, spread and range of each column of numbers, counts of each category, missing cells; none for images."""
    if facts.kind == "image":
        return []
    rows = np.arange(len(data.inputs))
    numbers = (moments_of_present if facts.columns else moments)(data.inputs, rows)
    return [
        _categories(data.inputs[:, index], column)
        if column.categories
        else {"name": column.name, "mean": tidy(mean), "std": tidy(math.sqrt(variance)), "min": tidy(low)}
        | {"max": tidy(high)}
        | _missing(data.inputs[:, index], column)
        for index, (column, mean, variance, low, high) in enumerate(zip(facts.every_column, *numbers, strict=True))
    ]


def _categories(cells: np.ndarray, column: ColumnFacts) -> dict[str, Any]:
    counts = np.bincount(cells[~np.isnan(cells)].astype(np.int64), minlength=len(column.categories))
    named = [{"name": name, "count": int(count)} for name, count in zip(column.categories, counts, strict=True)]
    return {"name": column.name, "categories": named} | _missing(cells, column)


def _missing(cells: np.ndarray, column: ColumnFacts) -> dict[str, int]:
    return {"missing": int(np.isnan(cells).sum())} if column.has_missing else {}

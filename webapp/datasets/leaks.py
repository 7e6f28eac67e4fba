"""What stands on every run on such data: examples that are in two parts of its split, or may be."""

from __future__ import annotations

from typing import Any

from trainer.data.facts import DatasetFacts
from trainer.data.findings.finding import Finding
from trainer.data.sizes import drawn, own_splits
from trainer.spec import Split
from webapp.datasets.summaries import findings_in

# Findings of examples that such a method may draw into two parts.
AT_RISK = {"shuffled": ("copies", "near_copies"), "stable": ("near_copies",)}


def leaks_of(described: dict[str, Any], facts: DatasetFacts, split: Split) -> list[Finding]:
    """Of the findings in the summary of a dataset, those that make results of such a ``split`` look too good."""
    names: tuple[str, ...] = ()
    if any(drawn(split, facts.num_validation, facts.num_test)):
        names = AT_RISK.get(split.method, ())
    uses_own = any(own_splits(split, facts.num_validation, facts.num_test))
    return [each for each in findings_in(described) if (each.is_leak and uses_own) or each.name in names]

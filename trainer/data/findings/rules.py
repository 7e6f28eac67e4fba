"""All rules about data, and the simplest answer that a network has to beat."""

from __future__ import annotations

import numpy as np

from trainer.data.findings.classes import class_counts, classes
from trainer.data.findings.columns import columns
from trainer.data.findings.copies import copies
from trainer.data.findings.finding import Finding
from trainer.data.findings.near_copies import near_copies
from trainer.data.images import shown_label
from trainer.data.loading import Data
from trainer.messages.message import Message

RULES = (copies, near_copies, classes, columns)


def findings_of(data: Data) -> list[Finding]:
    """What every rule notices; empty when all is well."""
    return [finding for rule in RULES for finding in rule(data)]


def baseline_of(data: Data) -> Message:
    """How well the simplest answer does, which a network has to beat."""
    targets = data.targets[data.kept]
    if data.facts.task == "classification":
        counts = class_counts(targets, data.facts)
        return Message(
            "Always answering {name} is right for {share:.1%} of the examples.",
            name=data.facts.class_names[int(counts.argmax())],
            share=float(counts.max() / counts.sum()),
        )
    if data.facts.task == "multilabel":
        sets, counts = np.unique(targets, axis=0, return_counts=True)
        return Message(
            "Always answering {labels}, the most frequent labels together, is right for {share:.1%} of the examples.",
            labels=shown_label(sets[counts.argmax()], data.facts),
            share=float(counts.max() / counts.sum()),
        )
    mean = float(targets.mean(dtype=np.float64))
    return Message(
        "Always answering the mean, {mean:.4g}, is off by {error:.4g} on average.",
        mean=mean,
        error=float(np.abs(targets - mean).mean(dtype=np.float64)),
    )

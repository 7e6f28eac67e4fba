"""The report on the predictions of a network that gives an example several labels."""

from __future__ import annotations

from typing import Any

import numpy as np

from trainer.data.facts import DatasetFacts
from trainer.inference.reports import MAX_EXAMPLES, Answers, per_class
from trainer.inference.suspects import MOST_WRONG
from trainer.measures.measuring import measure
from trainer.measures.multilabel import given


def label_report(answers: Answers, facts: DatasetFacts) -> dict[str, Any]:
    """Metrics, measures per label, and the wrong labels with the highest confidence.

    ``wrong``: ``[index, number of the label, whether the example has it (1 or 0), its probability]``, at most
    :data:`MOST_WRONG`, the most confident first; ``mistakes`` are the first of them with their examples.
    """
    wrong = _wrong(answers.targets, answers.outputs)
    return {
        "metrics": measure(facts.task, answers.targets, answers.outputs),
        "classes": list(facts.class_names),
        "per_class": per_class(answers.targets, given(answers.outputs), facts),
        "mistakes": [_mistake(answers, row, label, facts) for row, label in wrong[:MAX_EXAMPLES]],
        "wrong": [
            [
                int(answers.indices[row]),
                int(label),
                int(answers.targets[row, label]),
                float(answers.outputs[row, label]),
            ]
            for row, label in wrong[:MOST_WRONG]
        ],
    }


def _wrong(targets: np.ndarray, outputs: np.ndarray) -> np.ndarray:
    """Row and label of each wrong decision, (decisions, 2); the further the probability is off, the earlier."""
    wrong = np.argwhere(given(outputs) != (targets > 0))
    off = np.abs(outputs - targets)[wrong[:, 0], wrong[:, 1]]
    return wrong[np.argsort(-off, kind="stable")]


def _mistake(answers: Answers, row: int, label: int, facts: DatasetFacts) -> dict[str, Any]:
    return {
        "label": facts.class_names[label],
        "is_there": bool(answers.targets[row, label]),
        "probability": float(answers.outputs[row, label]),
    } | answers.example(int(row), facts)

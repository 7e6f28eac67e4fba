"""What another decision threshold would change for a classifier of two classes."""

from __future__ import annotations

from typing import Any

import numpy as np

from trainer.data.facts import DatasetFacts
from trainer.inference.reports import Answers
from trainer.measures.thresholds import (
    DEFAULT,
    RULES,
    at_threshold,
    choose,
    positive_class,
    precision_recall_points,
    roc_points,
)


def threshold_report(trained: np.ndarray, validated: Answers, answers: Answers, facts: DatasetFacts) -> dict[str, Any]:
    """Thresholds that are chosen on ``validated``, the validation part, and what they are worth on ``answers``.

    ``trained``: the targets of the training part. Returns the name of the ``positive`` class, the rarer one of the
    training part; ``chosen_on`` which split, and ``num_validation``, its size; ``choices``: for the ``rule`` "default"
    (0.5), "f1" and "balanced_accuracy", what :func:`trainer.measures.thresholds.at_threshold` gives; and the curves
    ``roc`` and ``precision_recall`` of ``answers``, with the ``share`` of positive examples among them.
    """
    positive = positive_class(trained)
    is_positive, scores = _of_class(answers, positive)
    thresholds = {"default": DEFAULT} | {rule: choose(*_of_class(validated, positive), rule) for rule in RULES}
    return {
        "positive": facts.class_names[positive],
        "chosen_on": "validation",
        "num_validation": len(validated.targets),
        "choices": [{"rule": rule} | at_threshold(is_positive, scores, at) for rule, at in thresholds.items()],
        "roc": roc_points(is_positive, scores),
        "precision_recall": precision_recall_points(is_positive, scores),
        "share": float(is_positive.mean()),
    }


def _of_class(answers: Answers, number: int) -> tuple[np.ndarray, np.ndarray]:
    """Of the two classes alone: outputs that stand for neither take no share of the probability here."""
    return answers.targets == number, answers.outputs[:, number] / answers.outputs.sum(axis=-1)

"""Wrong predictions are listed for browsing, and labels that are likely wrong are found."""

from __future__ import annotations

import numpy as np

from tests.made_up import table_facts
from trainer.inference.suspects import furthest_examples, label_problems, wrong_examples

FACTS = table_facts(("x",), ("no", "yes"), 200)


def confident(targets: np.ndarray, seed: int = 0) -> np.ndarray:
    """Probabilities of a good network that is about 0.9 sure."""
    sure = np.random.default_rng(seed).uniform(0.8, 1.0, len(targets))
    return np.where(np.arange(2) == targets[:, None], sure[:, None], 1 - sure[:, None])


def test_flipped_labels_are_found_and_little_else() -> None:
    truth = np.arange(200) % 2
    given = truth.copy()
    flipped = np.arange(0, 200, 20)
    given[flipped] = 1 - given[flipped]
    problems = label_problems(np.arange(200) + 1000, given, confident(truth), FACTS)
    found = {problem["index"] - 1000 for problem in problems}
    assert found <= set(flipped.tolist())
    assert len(found) >= len(flipped) // 2
    margins = [problem["probability"] - problem["own_probability"] for problem in problems]
    assert margins == sorted(margins, reverse=True)


def test_a_hesitant_network_accuses_nobody() -> None:
    outputs = np.full((200, 2), 0.5)
    assert label_problems(np.arange(200), np.arange(200) % 2, outputs, FACTS) == []


def test_wrong_examples_are_in_the_order_of_confidence() -> None:
    outputs = np.array([[0.6, 0.4], [0.1, 0.9], [0.2, 0.8]])
    assert wrong_examples(np.array([5, 6, 9]), np.array([1, 1, 0]), outputs) == [[9, 0, 1, 0.8], [5, 1, 0, 0.6]]


def test_the_largest_errors_come_first() -> None:
    found = furthest_examples(np.array([4, 8]), np.array([1.0, 2.0]), np.array([1.5, 5.0]))
    assert found == [[8, 2.0, 5.0], [4, 1.0, 1.5]]

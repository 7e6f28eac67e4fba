"""What is noticed in data before it is trained on."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.made_up import LABEL_FACTS, table_facts
from tests.trainer.material import data_of
from trainer.data.findings.finding import MOST_INDICES, Finding
from trainer.data.findings.rules import baseline_of, findings_of
from trainer.data.loading import Data
from trainer.data.summary import summarize
from trainer.messages.message import Message

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(60, 3)).astype(np.float32)
Y = (np.arange(60) % 2).astype(np.int32)


def made(inputs: np.ndarray = X, targets: np.ndarray = Y, **facts: Any) -> Data:
    described = table_facts(("a", "b", "c"), ("good", "scrap"), len(targets), **facts)
    return Data(described, inputs, targets, "0" * 64)


def noticed(data: Data) -> list[str]:
    return [str(finding.message) for finding in findings_of(data)]


def changed(array: np.ndarray, at: Any, value: Any) -> np.ndarray:
    copy = array.copy()
    copy[at] = value
    return copy


def test_nothing_is_noticed_in_good_data() -> None:
    assert noticed(made()) == []


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (made(changed(X, 2, X[0])), "1 example is an exact copy of another."),
        (made(changed(X, slice(2, 6, 2), X[0])), "2 examples are exact copies of others."),
        (
            made(changed(X, 58, X[0]), num_test=10),
            "1 example of the dataset's own test or validation split is in the training data",
        ),
        (
            made(changed(X, 58, X[44]), num_validation=10, num_test=10),
            "1 example of the dataset's own test or validation",
        ),
        (made(changed(X, 1, X[0])), "1 example is there with different targets"),
        (made(targets=changed(Y, slice(10, 60), 1)), "good has fewer|1 class has fewer than 20 examples"),
        (made(targets=changed(changed(Y, slice(0, 60), 1), slice(0, 4), 0)), "scrap has 14 times as many examples"),
        (made(changed(X, (slice(None), 1), 3 - 2 * Y)), "1 column tells the target all by itself: b."),
        (made(changed(X, (7, 2), 999)), "1 value is far from all others of its column: c."),
        (made(changed(X, (slice(None), 1), 5)), "1 column has the same value in every example: b."),
    ],
)
def test_what_may_spoil_a_training_is_noticed(data: Data, sentence: str) -> None:
    assert any(part in said for said in noticed(data) for part in sentence.split("|"))


def test_a_finding_says_what_to_do_and_names_its_examples_copies_beside_copies() -> None:
    inputs = changed(changed(X, 50, X[3]), 40, X[1])
    copies, leak, contradictions = findings_of(made(inputs, num_test=15))
    assert (copies.name, copies.indices, copies.num_examples) == ("copies", (1, 40, 3, 50), 4)
    assert (leak.name, leak.indices, leak.is_leak) == ("leak", (3, 50), True)
    assert (contradictions.name, contradictions.indices) == ("contradictions", (1, 40, 3, 50))
    assert all(finding.advice for finding in (copies, leak, contradictions))


def test_a_finding_is_stored_whole_and_those_of_earlier_releases_are_read() -> None:
    found = findings_of(made(changed(X, 2, X[0])))[0]
    assert Finding.from_json(json.loads(json.dumps(found.to_json()))) == found
    old = Message("{count:,} example is a copy.", count=2)
    assert Finding.from_json(old.to_json()).message == Finding.from_json(old).message == old
    assert Finding.from_json("A sentence.").message == Message("A sentence.")


def test_only_the_first_of_very_many_examples_are_kept() -> None:
    found = findings_of(made(np.zeros((3000, 3), np.float32), np.zeros(3000, np.int32)))[0]
    assert (len(found.indices), found.num_examples) == (MOST_INDICES, 3000)


def test_a_column_that_is_the_number_to_predict_in_another_unit_is_noticed() -> None:
    data = data_of("diabetes")
    inputs = changed(data.inputs, (slice(None), 3), data.targets * 2.54 + 1)
    found = {each.name: each for each in findings_of(replace(data, inputs=inputs))}
    assert (
        str(found["target_copies"].message)
        == f"1 column tells the target all by itself: {data.facts.feature_names[3]}."
    )
    assert "target_copies" not in {each.name for each in findings_of(data)}


def test_outliers_name_their_rows_and_skewed_or_missing_values_are_none() -> None:
    inputs = changed(changed(X, (7, 2), 999), (9, 0), np.nan)
    inputs[:, 1] = np.where(np.arange(60) % 10 == 0, 1000, inputs[:, 1])  # a tenth of all: the column's shape
    (found,) = [each for each in findings_of(made(inputs)) if each.name == "outliers"]
    assert found.indices == (7,)


def test_copies_within_the_test_split_are_no_leak() -> None:
    assert not any("test split" in said for said in noticed(made(changed(X, 58, X[56]), num_test=10)))


def test_the_simplest_answer_is_measured() -> None:
    assert str(baseline_of(made(targets=changed(Y, slice(0, 10), 1)))) == (
        "Always answering scrap is right for 58.3% of the examples."
    )
    data = data_of("diabetes")
    error = float(np.abs(data.targets - data.targets.mean()).mean())
    assert f"is off by {error:.4g} on average" in str(baseline_of(data))


def test_several_labels_are_counted_one_by_one_and_compared_all_together() -> None:
    targets = np.zeros((60, 3), np.float32)
    targets[:30, 0], targets[:55, 1], targets[:2, 2] = 1, 1, 1
    data = Data(LABEL_FACTS.model_copy(update={"num_examples": 60}), np.tile(X, (1, 2))[:, :4], targets, "0" * 64)
    found = {finding.name: finding for finding in findings_of(data)}
    assert found["small_classes"].indices == found["imbalance"].indices == (0, 1)
    assert "owl" in str(found["small_classes"].message)
    assert "Always answering dog" not in str(baseline_of(data))
    assert "cat, dog, the most frequent labels together, is right for 46.7%" in str(baseline_of(data))
    copied = replace(data, inputs=changed(data.inputs, 59, data.inputs[0]))
    assert "contradictions" in {finding.name for finding in findings_of(copied)}
    summary = summarize(data)
    assert [bar["count"] for bar in summary["histogram"]] == [30, 55, 2]
    assert [bar["count"] for bar in summary["labels_each"]] == [5, 25, 28, 2]
    assert summary["samples"][0]["label"] == "cat, dog, owl"

"""The pictures under the fields of augmentation."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.trainer.material import data_of, quiet
from trainer.augmentation.preview import NUM_EXAMPLES, examples_of
from trainer.data.loading import glance
from trainer.data.preparing import open_named
from trainer.errors import BadData
from trainer.spec import Augmentation, RandAugment


def test_there_are_sixteen_with_their_classes_and_always_the_same() -> None:
    asked = Augmentation(rotation=20.0, rand_augment=RandAugment())
    found = examples_of(asked, data_of("digits"))
    assert found == examples_of(asked, data_of("digits"))
    assert [example["label"] for example in found] == [*"0123456789", *"012345"]
    assert all(example["image"].startswith("data:image/png;base64,") for example in found)
    assert all("other" not in example for example in found)


def test_of_mixed_pictures_both_classes_are_named() -> None:
    found = examples_of(Augmentation(mixup=1.0), data_of("digits"))
    assert len(found) == NUM_EXAMPLES
    assert [example["other"] for example in found[:3]] == ["5", "0", "1"]
    assert all(0 <= example["share"] <= 0.5 for example in found)


def test_rows_of_a_table_are_not_shown() -> None:
    with pytest.raises(BadData, match="is a table"):
        examples_of(Augmentation(feature_noise=0.1), data_of("iris"))


def test_a_glance_reads_what_was_prepared(tmp_path: Path) -> None:
    whole = open_named("digits", tmp_path, quiet)
    found = glance(tmp_path / whole.content_hash)
    assert (found.content_hash, found.inputs.tolist()) == (whole.content_hash, whole.inputs.tolist())


def test_of_mixed_labels_each_is_named_with_its_share() -> None:
    digits = data_of("digits")
    facts = digits.facts.model_copy(update={"task": "multilabel"})
    labels = np.eye(10, dtype=np.float32)[digits.targets]
    found = examples_of(Augmentation(mixup=1.0), replace(digits, facts=facts, targets=labels))
    assert all("other" not in example for example in found)
    assert [sorted(re.findall(r"(\d) \d+%", example["label"])) for example in found[1:3]] == [["0", "1"], ["1", "2"]]

"""A mended version has the corrected labels, keeps every example in its part, and never changes the one before."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.made_up import LABEL_FACTS, table_facts
from trainer.data.facts import DatasetFacts
from trainer.data.loading import Data, load
from trainer.data.preparing import write_prepared
from trainer.data.splits import split
from trainer.data.summary import summarize
from trainer.data.versions.corrections import Correction, parse_corrections
from trainer.data.versions.differences import difference
from trainer.data.versions.mending import mend
from trainer.errors import BadData
from trainer.process.cli import main
from trainer.spec import Split

CLASSES = ("cat", "dog", "owl")
FACTS = table_facts(("a", "b"), CLASSES, 60, name="ours", title="Ours", num_test=12)


def prepared(folder: Path, num_test: int = 12) -> Path:
    inputs = np.random.default_rng(0).normal(size=(60, 2)).astype(np.float32)
    facts = FACTS.model_copy(update={"num_test": num_test})
    return write_prepared(facts, inputs, np.arange(60, dtype=np.int32) % 3, folder)


def corrected(*labels: tuple[int, str | None]) -> list[Correction]:
    return [Correction(index=index, label=label) for index, label in labels]


def test_labels_change_and_examples_are_left_out(tmp_path: Path) -> None:
    before = prepared(tmp_path)
    after = load(mend(before, corrected((0, "owl"), (7, None)), tmp_path))
    assert after.targets[0] == 2
    assert after.left_out.tolist() == [7]
    assert after.facts.num_left_out == 1
    assert load(before).targets[0] == 0
    assert [bar["count"] for bar in summarize(after)["histogram"]] == [19, 19, 21]


def test_the_inputs_are_stored_once(tmp_path: Path) -> None:
    before = prepared(tmp_path)
    after = mend(before, corrected((0, "owl")), tmp_path)
    assert (before / "inputs.npy").samefile(after / "inputs.npy")


@pytest.mark.parametrize("num_test", [0, 12])
@given(
    st.dictionaries(st.integers(0, 59), st.sampled_from([*CLASSES, None]), min_size=1, max_size=20), st.integers(0, 9)
)
def test_no_example_moves_to_another_part(
    tmp_path_factory: pytest.TempPathFactory, num_test: int, labels: dict[int, str | None], seed: int
) -> None:
    folder = tmp_path_factory.mktemp("datasets")
    before = prepared(folder, num_test)
    try:
        after = load(mend(before, corrected(*labels.items()), folder))
    except BadData:
        return  # they change nothing
    fields = Split(seed=seed, validation_fraction=0.1)
    old, new = split(load(before), fields), split(after, fields)
    for name in ("train", "validation", "test"):
        assert np.setdiff1d(getattr(old, name), after.left_out).tolist() == getattr(new, name).tolist()


def test_a_third_version_knows_the_first_labels(tmp_path: Path) -> None:
    first = prepared(tmp_path)
    second = mend(first, corrected((0, "owl"), (1, None)), tmp_path)
    third = load(mend(second, corrected((0, "cat"), (1, "dog"), (2, "cat")), tmp_path))
    assert third.first_targets.tolist() == load(first).targets.tolist()
    assert [each.index for each in third.mends] == [2]
    assert third.mended_from == (first.name, second.name)
    assert third.facts.num_left_out == 0


def test_the_same_corrections_give_the_same_folder(tmp_path: Path) -> None:
    before = prepared(tmp_path)
    assert mend(before, corrected((0, "owl"), (1, None)), tmp_path) == mend(
        before, corrected((1, None), (0, "owl")), tmp_path
    )


def test_what_differs_is_counted_and_named(tmp_path: Path) -> None:
    first = prepared(tmp_path)
    second = mend(first, corrected((0, "owl"), (7, None)), tmp_path)
    found = difference(load(first), load(second))
    assert found["relabelled_examples"] == [[0, "cat", "owl"]]
    assert found["left_out_examples"] == [7]
    assert {name: found[name] for name in ("added", "removed", "moved", "relabelled", "left_out")} == {
        "added": 0, "removed": 0, "moved": 0, "relabelled": 1, "left_out": 1,
    }  # fmt: skip
    back = difference(load(second), load(mend(second, corrected((7, "dog")), tmp_path)))
    assert (back["taken_back"], back["left_out"]) == (1, 0)


def test_other_files_are_compared_by_what_their_examples_are() -> None:
    def data(values: list[float], classes: list[int], num_test: int) -> Data:
        facts = table_facts(("a",), CLASSES, len(values), num_test=num_test)
        return Data(facts, np.array(values, np.float32)[:, None], np.array(classes, np.int32), str(values))

    found = difference(data([1, 2, 3, 3, 4], [0, 1, 2, 2, 0], 1), data([4, 3, 2, 5, 1], [0, 2, 0, 1, 0], 1))
    assert found["added"] == 1
    assert found["removed"] == 1
    assert found["relabelled_examples"] == [[2, "dog", "cat"]]
    assert found["moved"] == 2


@pytest.mark.parametrize(
    ("correction", "words"),
    [
        ({"index": 60, "label": "cat"}, "There is no example 60; accepted: 0 to 59."),
        ({"index": 1, "label": "horse"}, "'horse' is no class; accepted: cat, dog, owl."),
        ({"index": 0, "label": "cat"}, "The corrections change nothing."),
        ({"index": -1, "label": "cat"}, "0.index"),
        ({"index": 1}, "0.label"),
    ],
)
def test_wrong_corrections_are_refused_in_words(
    correction: dict[str, Any], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "corrections.json"
    file.write_text(json.dumps([correction]))
    assert main(["mend", str(prepared(tmp_path)), str(file), "--datasets", str(tmp_path)]) == 2
    assert words in capsys.readouterr().err


def test_the_command_line_mends(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "corrections.json"
    file.write_text('[{"index": 0, "label": "owl"}]')
    assert main(["mend", str(prepared(tmp_path)), str(file), "--datasets", str(tmp_path)]) == 0
    assert load(Path(capsys.readouterr().out.strip())).targets[0] == 2


def test_a_value_is_corrected(tmp_path: Path) -> None:
    facts = DatasetFacts.model_validate(
        table_facts(("a",), CLASSES, 3).model_dump() | {"task": "regression", "class_names": ()}
    )
    before = write_prepared(facts, np.zeros((3, 1), np.float32), np.array([1, 2, 3], np.float32), tmp_path)
    assert load(mend(before, parse_corrections('[{"index": 1, "label": 2.5}]'), tmp_path)).targets.tolist() == [
        1,
        2.5,
        3,
    ]
    with pytest.raises(BadData, match="no finite number"):
        mend(before, corrected((1, "x")), tmp_path)


def test_all_labels_of_an_example_are_corrected_together(tmp_path: Path) -> None:
    before = write_prepared(
        LABEL_FACTS, np.zeros((200, 4), np.float32), np.eye(3, dtype=np.float32)[np.arange(200) % 3], tmp_path
    )
    said = [Correction(index=0, label=("owl", "cat")), Correction(index=1, label=()), Correction(index=2, label=None)]
    after = load(mend(before, said, tmp_path))
    assert after.targets[:3].tolist() == [[1, 0, 1], [0, 0, 0], [0, 0, 1]]
    assert np.array_equal(after.first_targets, load(before).targets)
    found = difference(load(before), after)
    assert found["relabelled_examples"] == [[0, "cat", "cat, owl"], [1, "dog", "–"]]
    assert (found["relabelled"], found["left_out"]) == (2, 1)
    again = load(mend(tmp_path / after.content_hash, [Correction(index=0, label=("cat",))], tmp_path))
    assert [each.index for each in again.mends] == [1, 2]


@pytest.mark.parametrize("label", ["cat", ("cat", "bird"), 1.0])
def test_what_is_no_list_of_labels_is_refused_in_words(label: Any) -> None:
    problem = Correction(index=0, label=label).problem(LABEL_FACTS)
    assert "is no list of labels; accepted: any of cat, dog, owl" in str(problem)
    assert Correction(index=0, label=("cat",)).problem(FACTS)

"""Several labels an example: in tables beside pictures, and in arrays."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trainer.data.own.made import Files, classes, looked_at, picture, prepared, zipped
from tests.trainer.data.own.test_arrays import X, saved
from trainer.data.own.several_labels import sets_in_column
from trainer.errors import BadData

PICTURES = {f"{number}.png": picture(20 * number) for number in range(8)}
LABELS = ("cat", "dog", "owl")
SETS = [[name for place, name in enumerate(LABELS) if (number >> place) & 1] for number in range(8)]
TRUTH = [[(number >> place) & 1 for place in range(3)] for number in range(8)]


def words(separator: str) -> Files:
    rows = [f'{number}.png,"{separator.join(names)}"' for number, names in enumerate(SETS)]
    return {"labels.csv": "\n".join(["file,labels", *rows]).encode()}


def columns(rows: list[list[int]]) -> Files:
    lines = [f"{number}.png,{','.join(map(str, row))},a note" for number, row in enumerate(rows)]
    return {"labels.csv": "\n".join(["file,cat,dog,owl,about", *lines]).encode()}


def lists(sets: list[list[str]]) -> Files:
    lines = [json.dumps({"file": f"{number}.png", "tags": names}) for number, names in enumerate(sets)]
    return {"labels.jsonl": "\n".join(lines).encode()}


def packed(folder: Path, files: Files) -> Path:
    return zipped(folder / "data.zip", PICTURES | files)


FORMS = {";": words(";"), "|": words("|"), ", ": words(", "), "lists": lists(SETS), "columns": columns(TRUTH)}


@pytest.mark.parametrize("form", FORMS)
def test_several_labels_are_read_from_the_table_and_said(form: str, tmp_path: Path) -> None:
    _, targets, understood = prepared(packed(tmp_path, FORMS[form]), tmp_path / "datasets")
    # An empty cell says nothing; an empty list or a row of 0 that there is no label.
    assert targets.tolist() == TRUTH[0 if form in {"lists", "columns"} else 1 :]
    assert targets.dtype == np.float32
    assert (understood.task, understood.class_names, understood.counts) == ("multilabel", LABELS, (4, 4, 4))
    assert "several labels each" in str(understood.notes[0])


def test_cells_that_all_have_two_labels_are_no_columns(tmp_path: Path) -> None:
    rows = [f"{number}.png,{LABELS[number % 3]};{LABELS[(number + 1) % 3]}" for number in range(8)] * 20
    understood = looked_at(packed(tmp_path, {"labels.csv": "\n".join(["file,labels", *rows]).encode()}))
    assert (understood.task, understood.class_names) == ("multilabel", LABELS)


ONE_EACH = [[int(place == number % 3) for place in range(3)] for number in range(8)]


@pytest.mark.parametrize("files", [columns(ONE_EACH), lists([[LABELS[number % 3]] for number in range(8)])])
def test_one_label_for_each_picture_is_a_class_unless_it_is_said_otherwise(files: Files, tmp_path: Path) -> None:
    _, targets, understood = prepared(packed(tmp_path, files), tmp_path / "datasets")
    assert (understood.task, targets.tolist()) == ("classification", [number % 3 for number in range(8)])
    _, targets, understood = prepared(packed(tmp_path, files), tmp_path / "datasets", task="multilabel")
    assert (understood.task, targets.tolist()) == ("multilabel", ONE_EACH)


def test_a_guess_of_several_labels_can_be_refused(tmp_path: Path) -> None:
    path = packed(
        tmp_path,
        {"labels.csv": b"file,label\n" + b"".join(b'%d.png,"%s"\n' % (n, (b"a;b", b"b")[n % 2]) for n in range(8))},
    )
    assert looked_at(path).class_names == ("a", "b")
    assert looked_at(path, task="classification").class_names == ("a;b", "b")


PLACES = ["Paris, France", "Lyon, France", "Rome, Italy", "Pisa, Italy"]


@given(st.lists(st.sampled_from(PLACES), min_size=2, max_size=30))
def test_names_with_commas_are_taken_for_one_class_unless_it_is_said_otherwise(cells: list[str]) -> None:
    assert sets_in_column(pl.Series(cells), "auto") is None
    found = sets_in_column(pl.Series(cells), "multilabel")
    assert found is not None
    assert found.rows == [tuple(cell.split(", ")) for cell in cells]


@given(
    st.lists(st.sets(st.sampled_from("abcde"), min_size=1), min_size=1, max_size=30), st.sampled_from([";", "|", ", "])
)
def test_chosen_cells_give_their_labels_whatever_is_between_them(sets: list[set[str]], separator: str) -> None:
    rows = [tuple(sorted(names)) for names in sets]
    found = sets_in_column(pl.Series([separator.join(row) for row in rows]), "multilabel")
    assert found is not None
    assert found.rows == rows


def test_what_cannot_have_several_labels_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(BadData, match="Pictures in folders have one class each"):
        looked_at(zipped(tmp_path / "folders.zip", classes("a", "b")), task="multilabel")
    (tmp_path / "rows.csv").write_text("x,y\n" + "1,2\n2,1\n" * 9)
    with pytest.raises(BadData, match="A table has one column to predict"):
        looked_at(tmp_path / "rows.csv", task="multilabel")
    with pytest.raises(BadData, match="No example has the label 1"):
        looked_at(saved(tmp_path, x=X, y=(X > 0) * np.array([1, 0, 1])))


def test_rows_of_0_and_1_are_labels_of_arrays(tmp_path: Path) -> None:
    y = (X > 0).astype(np.int64)
    _, targets, understood = prepared(saved(tmp_path, x=X, y=y), tmp_path / "datasets", classes=["2", "0"])
    assert (understood.task, understood.class_names) == ("multilabel", ("2", "0", "1"))
    assert targets.tolist() == y[:, [2, 0, 1]].tolist()
    assert understood.counts == tuple(y.sum(axis=0)[[2, 0, 1]])
    with pytest.raises(BadData, match="accepted: one value for each input, or of several labels"):
        looked_at(saved(tmp_path, x=X, y=y + 1))
    assert looked_at(saved(tmp_path, x=X, y=np.eye(3)[np.arange(40) % 3]), task="multilabel").task == "multilabel"

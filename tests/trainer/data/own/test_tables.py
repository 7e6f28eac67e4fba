"""Tables: what separates, names and holds the columns is guessed, and what a network cannot use is said."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_diabetes, load_iris

from tests.trainer.data.own.made import looked_at, prepared
from trainer.data.facts import ColumnFacts, DatasetFacts
from trainer.data.prepared import read_prepared
from trainer.errors import BadData

IRIS = load_iris()
ROWS = [(*map(float, row), IRIS.target_names[kind]) for row, kind in zip(IRIS.data, IRIS.target, strict=True)]
NAMES = ["sepal length", "sepal width", "petal length", "petal width", "species"]


def as_text(
    rows: list[tuple[object, ...]], names: list[str] | None = None, delimiter: str = ",", decimal: str = "."
) -> str:
    file = io.StringIO()
    writer = csv.writer(file, delimiter=delimiter)
    for row in [names, *rows] if names else rows:
        writer.writerow([str(cell).replace(".", decimal) if isinstance(cell, float) else cell for cell in row or ()])
    return file.getvalue()


def written(tmp_path: Path, text: str, encoding: str = "utf-8", name: str = "data.csv") -> Path:
    (tmp_path / name).write_bytes(text.encode(encoding))
    return tmp_path / name


@pytest.mark.parametrize("names", [NAMES, None])
@pytest.mark.parametrize(
    ("delimiter", "decimal"), [(",", "."), (";", ","), (";", "."), ("\t", "."), ("\t", ","), ("|", ".")]
)
def test_delimiter_decimals_and_header_are_understood(
    names: list[str] | None, delimiter: str, decimal: str, tmp_path: Path
) -> None:
    path = written(tmp_path, as_text(ROWS, names, delimiter, decimal))
    inputs, targets, understood = prepared(path, tmp_path / "datasets")
    assert np.allclose(inputs, IRIS.data)
    assert (targets == IRIS.target).all()
    assert understood.class_names == ("setosa", "versicolor", "virginica")
    assert understood.target_name == ("species" if names else "column_5")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_chinese_is_read_in_its_encodings(encoding: str, tmp_path: Path) -> None:
    kinds = {"setosa": "山鸢尾花", "versicolor": "变色鸢尾花", "virginica": "维吉尼亚鸢尾花"}
    rows = [(*row[:-1], kinds[str(row[-1])]) for row in ROWS]
    names = ["萼片的长度", "萼片的宽度", "花瓣的长度", "花瓣的宽度", "鸢尾花的种类"]
    understood = looked_at(written(tmp_path, as_text(rows, names), encoding))
    assert set(understood.class_names) == set(kinds.values())
    assert understood.target_name == names[-1]


@pytest.mark.parametrize(("written_in", "chosen"), [("cp1252", "latin-1"), ("gb18030", "gb18030")])
def test_a_guessed_encoding_can_be_changed(written_in: str, chosen: str, tmp_path: Path) -> None:
    kinds = ("süß", "groß") if chosen == "latin-1" else ("甲类", "乙")
    rows: list[tuple[object, ...]] = [(number * 0.5, kinds[number % 2]) for number in range(40)]
    path = written(tmp_path, as_text(rows, ["x", "class"]), written_in)
    assert set(looked_at(path, encoding=chosen).class_names) == set(kinds)
    assert "�" in looked_at(path, encoding="utf-8").class_names[0]


def test_commas_in_numbers_are_decimals_where_somebody_says_so(tmp_path: Path) -> None:
    rows: list[tuple[object, ...]] = [(f"{number * 7 % 30},250", "ab"[number % 2]) for number in range(40)]
    path = written(tmp_path, as_text(rows, ["x", "class"], ";"))
    guessed = looked_at(path)
    assert guessed.columns[0].type == "number"
    assert "3,5 is 3.5" in str(guessed.notes[0])
    assert looked_at(path, decimal=",").columns[0].type == "number"
    assert looked_at(path, decimal=".").columns[0].type == "category"
    quoted = written(tmp_path, as_text(rows, ["x", "class"]))
    assert looked_at(quoted, decimal=",").columns[0].type == "number"


@pytest.mark.parametrize("name", ["data.xlsx", "data.parquet"])
def test_a_table_of_a_program_is_the_same(name: str, tmp_path: Path) -> None:
    table = pl.DataFrame(ROWS, schema=NAMES, orient="row")
    if name == "data.parquet":
        table.write_parquet(tmp_path / name)
    else:
        from openpyxl import Workbook

        book = Workbook()
        for row in [NAMES, *ROWS]:
            book.active.append(row)
        book.save(tmp_path / name)
    inputs, targets, _ = prepared(tmp_path / name, tmp_path / "datasets")
    assert np.allclose(inputs, IRIS.data)
    assert (targets == IRIS.target).all()


def test_a_number_of_many_values_is_predicted_as_a_number(tmp_path: Path) -> None:
    data = load_diabetes(scaled=False)
    rows = [(*map(float, row), float(target)) for row, target in zip(data.data, data.target, strict=True)]
    path = written(tmp_path, as_text(rows, [*data.feature_names, "progression"]))
    _, targets, understood = prepared(path, tmp_path / "datasets")
    assert (understood.task, targets.dtype) == ("regression", np.float32)
    assert np.allclose(targets, data.target)
    assert looked_at(path, target="sex").task == "classification"
    assert "taken as classes" in str(looked_at(path, target="sex").notes[0])
    assert looked_at(path, target="sex", task="regression").task == "regression"


def test_columns_that_say_nothing_are_left_out_with_their_reason(tmp_path: Path) -> None:
    rows = [(number, 7, "", f"text {number}", 1.5 * number % 7, "ab"[number % 2]) for number in range(1, 101)]
    names = ["id", "same", "empty", "text", "x", "class"]
    understood = looked_at(written(tmp_path, as_text(rows, names)))
    assert understood.feature_names == ("x",)
    reasons = {each.name: str(each.reason) for each in understood.left_out}
    assert {name: reasons[name].split(".")[0] for name in ("id", "same", "empty", "text")} == {
        "id": "It numbers the rows, so it says nothing about new ones",
        "same": "It has the same value in every row",
        "empty": "All of its cells are empty",
        "text": "It holds text of many kinds, which is not used yet",
    }


COLOURS = ("red", "green", "blue", "")
MIXED = [(COLOURS[n % 4], ["TRUE", "FALSE"][n % 3 == 0], "" if n == 3 else n % 5, "ab"[n % 2]) for n in range(60)]
MIXED_NAMES = ["colour", "wet", "x", "label"]


def facts_in(datasets: Path) -> DatasetFacts:
    (folder,) = (path for path in datasets.iterdir() if path.is_dir())
    return read_prepared(folder).facts


def test_prepared_rows_are_raw_a_category_is_its_number_and_a_missing_cell_nan(tmp_path: Path) -> None:
    path = written(tmp_path, as_text(MIXED, MIXED_NAMES))
    inputs, _, understood = prepared(path, tmp_path / "datasets")
    assert inputs[:4].tolist()[:3] == [[2, 0, 0], [1, 1, 1], [0, 1, 2]]
    assert np.isnan(inputs[3]).tolist() == [True, False, True]
    assert facts_in(tmp_path / "datasets").columns == (
        ColumnFacts(name="colour", categories=("blue", "green", "red"), has_missing=True),
        ColumnFacts(name="wet"),
        ColumnFacts(name="x", has_missing=True),
    )
    assert "16 cells are missing" in str(understood.notes[0])
    assert understood.samples[0]["values"][0] == "red"
    assert None in [value for sample in understood.samples for value in sample["values"]]


def test_rows_with_missing_cells_can_be_dropped_and_are_counted(tmp_path: Path) -> None:
    understood = looked_at(written(tmp_path, as_text(MIXED, MIXED_NAMES)), missing_rows="drop")
    assert understood.num_examples == 45
    assert "15 rows have missing cells" in str(understood.notes[0])


def test_a_row_without_a_target_is_left_out(tmp_path: Path) -> None:
    rows = [(n % 7, "?" if n == 5 else "ab"[n % 2]) for n in range(40)]
    understood = looked_at(written(tmp_path, as_text(rows, ["x", "class"])))
    assert understood.num_examples == 39
    assert "1 row has no usable target" in str(understood.notes[0])


def test_a_table_of_numbers_alone_describes_no_columns_so_that_its_hash_stays(tmp_path: Path) -> None:
    prepared(written(tmp_path, as_text(ROWS, NAMES)), tmp_path / "datasets")
    assert facts_in(tmp_path / "datasets").columns == ()
    (folder,) = (tmp_path / "datasets").iterdir()
    assert folder.name == "a51a820461040fcac5a7b560f79cfd79d9175f8b08c328f62e705e26650cf74d"


def test_a_copy_of_the_target_is_left_out_unless_somebody_wants_it(tmp_path: Path) -> None:
    rows = [(n % 7, "ab"[n % 2], ["yes", "no"][n % 2], "ab"[n % 2]) for n in range(40)]
    path = written(tmp_path, as_text(rows, ["x", "copy", "other words", "class"]))
    understood = looked_at(path)
    assert [(each.role, str(each.reason)) for each in understood.columns] == [
        ("input", ""),
        ("out", "It is a copy of the target."),
        ("input", "Each of its values belongs to one class: it may be the target in other words."),
        ("target", ""),
    ]
    assert "other words: Each of its values" in str(understood.notes[0])
    wanted = looked_at(path, columns=[{"name": "copy", "role": "input"}])
    assert wanted.feature_names == ("x", "copy", "other words")
    assert "copy: It is a copy of the target." in [str(note) for note in wanted.notes]


DATES = ("2026-03-31", "2026/3/1 14:05", "31.03.2026", "2026年3月31日")


@pytest.mark.parametrize("day", DATES)
def test_dates_are_known_as_the_time_or_left_out_with_what_to_do(day: str, tmp_path: Path) -> None:
    rows = [(day.replace("31", str(10 + n % 20)), n % 7, "ab"[n % 2]) for n in range(40)]
    path = written(tmp_path, as_text(rows, ["when", "x", "class"]))
    assert looked_at(path).columns[0].role == "time"
    when = looked_at(path, time="").columns[0]
    assert (when.type, when.role, "Choose it as the time" in str(when.reason)) == ("date", "out", True)


def test_whole_numbers_that_differ_in_every_row_are_an_id_where_the_name_says_so(tmp_path: Path) -> None:
    rows = [(n * n + 100, n * n + 7, n % 7, "ab"[n % 2]) for n in range(40)]
    understood = looked_at(written(tmp_path, as_text(rows, ["customer_id", "area", "x", "class"])))
    assert [each.role for each in understood.columns] == ["out", "input", "input", "target"]


@pytest.mark.parametrize(
    ("name", "choice", "expected"),
    [
        ("zip", {"type": "category"}, ("category", "input", 0)),
        ("comment", {"type": "category"}, ("category", "input", 0)),
        ("size", {"type": "number"}, ("number", "input", 1)),
        ("row", {"role": "input"}, ("number", "input", 0)),
        ("zip", {"role": "out"}, ("number", "out", 0)),
    ],
)
def test_type_and_role_of_a_column_can_be_chosen(
    name: str, choice: dict[str, str], expected: tuple[str, str, int], tmp_path: Path
) -> None:
    rows = [(n, 1000 * (n % 5), f"comment {n}", n * 3 % 50 if n else "n.k.", n % 7, "ab"[n % 2]) for n in range(60)]
    path = written(tmp_path, as_text(rows, ["row", "zip", "comment", "size", "x", "class"]))
    inputs, _, understood = prepared(path, tmp_path / "datasets", columns=[{"name": name} | choice])
    (column,) = (each for each in understood.columns if each.name == name)
    assert (column.type, column.role) == expected[:2]
    if column.role == "input":
        assert np.isnan(inputs[:, understood.feature_names.index(name)]).sum() == expected[2]


@pytest.mark.parametrize(
    ("choice", "sentence"),
    [
        ({"name": "x", "type": "category"}, "x has 1,200 values; accepted as categories: at most 1,000"),
        ({"name": "words", "type": "number"}, "words holds no number, such as 'u'"),
    ],
)
def test_a_type_that_cannot_be_is_refused(choice: dict[str, str], sentence: str, tmp_path: Path) -> None:
    rows = [(n + 0.5, "uv"[n % 2], "ab"[n % 3 == 0]) for n in range(1200)]
    with pytest.raises(BadData, match=sentence):
        looked_at(written(tmp_path, as_text(rows, ["x", "words", "class"])), columns=[choice])


def test_what_was_chosen_for_a_column_that_is_not_there_is_said(tmp_path: Path) -> None:
    notes = looked_at(written(tmp_path, as_text(ROWS, NAMES)), columns=[{"name": "price", "role": "out"}]).notes
    assert [str(note) for note in notes] == ["There is no column 'price'; what was chosen for it has no effect."]


def test_classes_get_the_order_that_was_chosen(tmp_path: Path) -> None:
    path = written(tmp_path, as_text(ROWS, NAMES))
    _, targets, understood = prepared(path, tmp_path / "datasets", classes=["virginica", "rose", "setosa"])
    assert understood.class_names == ("virginica", "setosa", "versicolor")
    assert targets[[0, 50, 100]].tolist() == [1, 2, 0]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "cannot be read as a table|needs at least"),
        ("a,b\n1,x\n", "at least two columns and two rows"),
        ("a\n1\n2\n3\n", "at least two columns"),
        ("x,class\n1,a\n2,b\n3,a\n", "has only one example|numbers the rows|No column"),
        ("x,class\n" + "1,a\n" * 9, "No column is left"),
        ("a,b\n\x001,2\n3,4\n", "holds zero bytes"),
        (",".join(f"c{n}" for n in range(20_000)) + "\n" + ",".join("1" * 20_000) + "\n", "has 20,000 columns"),
    ],
)
def test_a_table_without_anything_to_learn_is_refused(text: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(BadData, match=sentence):
        looked_at(written(tmp_path, text))


def test_a_target_that_is_not_there_lists_the_columns(tmp_path: Path) -> None:
    with pytest.raises(BadData, match="'price' given as target; accepted: sepal length, "):
        looked_at(written(tmp_path, as_text(ROWS, NAMES)), target="price")


CELLS = st.one_of(
    st.integers(-9, 9).map(str),
    st.floats(-9, 9).map(str),
    st.text(max_size=6),
    st.sampled_from(["", "NA", "TRUE", "=1+1"]),
)


COLUMN_CHOICES = st.fixed_dictionaries(
    {
        "name": st.just("column_1"),
        "type": st.sampled_from(["auto", "number", "category"]),
        "role": st.sampled_from(["auto", "input", "out"]),
    }
)
CHOICES = st.fixed_dictionaries(
    {},
    optional={
        "header": st.just("no"),
        "columns": st.lists(COLUMN_CHOICES, max_size=1),
        "missing_rows": st.sampled_from(["keep", "drop"]),
    },
)


@given(
    choices=CHOICES,
    table=st.integers(1, 5).flatmap(
        lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), max_size=9)
    ),
)
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_table_ends_in_a_usable_dataset_or_in_a_sentence(
    tmp_path: Path, table: list[list[str]], choices: dict[str, Any]
) -> None:
    path = written(tmp_path, as_text([tuple(row) for row in table]).encode(errors="replace").decode())
    try:
        inputs, targets, understood = prepared(path, tmp_path / "datasets", **choices)
    except BadData as error:
        assert str(error).endswith(".")  # noqa: PT017
    else:
        assert len(inputs) == len(targets) == understood.num_examples
        assert np.isfinite(targets).all()
        assert not np.isinf(inputs).any()
        assert "drop" not in choices.values() or not np.isnan(inputs).any()
        json.dumps(understood.to_json(), allow_nan=False)


@pytest.mark.parametrize("row", ["1e300,2,0.5", "1,2,1e300"])
def test_a_number_beyond_32_bits_leaves_its_row_out(row: str, tmp_path: Path) -> None:
    rows = [f"{n},{n % 3},{n}.5" for n in range(40)]
    inputs, targets, _ = prepared(written(tmp_path, "\n".join(["a,b,target", *rows, row])), tmp_path / "datasets")
    assert (len(inputs), np.isfinite(inputs).all(), np.isfinite(targets).all()) == (40, True, True)

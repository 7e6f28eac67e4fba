"""Tables: what separates, names and holds the columns is guessed, and what a network cannot use is said."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_diabetes, load_iris

from tests.trainer.data.own.made import looked_at, prepared
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
        "empty": "Most of its cells are empty",
        "text": "It holds text of many kinds, which is not used yet",
    }


def test_words_become_a_column_each_and_truths_numbers(tmp_path: Path) -> None:
    rows = [(["red", "green"][n % 2], ["TRUE", "FALSE"][n % 3 == 0], n % 5, ["yes", "no"][n % 2]) for n in range(60)]
    inputs, targets, understood = prepared(
        written(tmp_path, as_text(rows, ["colour", "wet", "x", "label"])), tmp_path / "datasets"
    )
    assert understood.feature_names == ("colour=green", "colour=red", "wet", "x")
    assert inputs[0].tolist() == [0, 1, 0, 0]
    assert (understood.class_names, targets[:2].tolist()) == (("no", "yes"), [1, 0])


def test_rows_with_missing_cells_are_counted(tmp_path: Path) -> None:
    rows = [("" if n == 3 else n % 7, "?" if n == 5 else "ab"[n % 2]) for n in range(40)]
    understood = looked_at(written(tmp_path, as_text(rows, ["x", "class"])))
    assert understood.num_examples == 38
    assert "2 rows have missing cells" in str(understood.notes[0])


def test_a_copy_of_the_target_is_pointed_out(tmp_path: Path) -> None:
    rows = [(n % 7, "ab"[n % 2], "ab"[n % 2]) for n in range(40)]
    notes = looked_at(written(tmp_path, as_text(rows, ["x", "hint", "class"]))).notes
    assert [str(note) for note in notes] == ["hint is a copy of the target. Leave it out."]


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


@given(
    table=st.integers(1, 5).flatmap(lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), max_size=9))
)
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_table_ends_in_a_usable_dataset_or_in_a_sentence(tmp_path: Path, table: list[list[str]]) -> None:
    path = written(tmp_path, as_text([tuple(row) for row in table]).encode(errors="replace").decode())
    try:
        inputs, targets, understood = prepared(path, tmp_path / "datasets")
    except BadData as error:
        assert str(error).endswith(".")  # noqa: PT017
    else:
        assert len(inputs) == len(targets) == understood.num_examples
        assert np.isfinite(inputs).all()


@pytest.mark.parametrize("row", ["1e300,2,0.5", "1,2,1e300"])
def test_a_number_beyond_32_bits_leaves_its_row_out(row: str, tmp_path: Path) -> None:
    rows = [f"{n},{n % 3},{n}.5" for n in range(40)]
    inputs, targets, _ = prepared(written(tmp_path, "\n".join(["a,b,target", *rows, row])), tmp_path / "datasets")
    assert (len(inputs), np.isfinite(inputs).all(), np.isfinite(targets).all()) == (40, True, True)

"""Pictures whose labels are in a table beside them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.trainer.data.own.made import Files, looked_at, picture, prepared, zipped
from trainer.errors import BadData

PICTURES = {f"images/{number}.png": picture(20 * number) for number in range(6)}
ROWS = [(f"images/{number}.png", "ab"[number % 2], "train" if number < 4 else "test") for number in range(6)]


def table(rows: list[tuple[str, ...]], *names: str, separator: str = ",") -> bytes:
    return "\n".join(separator.join(row) for row in [names, *rows]).encode()


FORMS: dict[str, Files] = {
    "csv": {"labels.csv": table(ROWS, "file_name", "label", "split")},
    "semicolons": {"labels.csv": table(ROWS, "path", "class", "subset", separator=";")},
    "tabs": {"labels.tsv": table(ROWS, "image", "category", "partition", separator="\t")},
    "beside the pictures": {
        "images/metadata.csv": table(
            [(name.removeprefix("images/"), *rest) for name, *rest in ROWS], "f", "label", "set"
        )
    },
    "GB18030 and vertical bars": {
        "labels.csv": table([(*row, "猫和狗的图片") for row in ROWS], "文件", "label", "split", "说明", separator="|")
        .decode()
        .encode("gb18030")
    },
    "json lines": {
        "metadata.jsonl": "\n".join(
            json.dumps({"file_name": name, "target": label, "ml_use": part.upper()}) for name, label, part in ROWS
        ).encode()
    },
    "numbered splits": {
        "labels.csv": table(
            [(name, label, {"train": "0", "val": "1", "test": "2"}[part]) for name, label, part in ROWS],
            "file",
            "label",
            "split",
        )
    },
}


@pytest.mark.parametrize("form", FORMS)
def test_labels_and_splits_are_read_from_the_table(form: str, tmp_path: Path) -> None:
    path = zipped(tmp_path / "data.zip", PICTURES | FORMS[form])
    inputs, targets, understood = prepared(path, tmp_path / "datasets")
    assert (understood.class_names, understood.num_test, understood.left_out) == (("a", "b"), 2, [])
    assert (inputs[:, 0, 0, 0].tolist(), targets.tolist()) == ([0, 20, 40, 60, 80, 100], [0, 1, 0, 1, 0, 1])
    assert "with their labels in" in str(understood.layout)


def test_a_picture_without_a_row_and_a_row_without_a_picture_are_no_harm(tmp_path: Path) -> None:
    rows = table([*ROWS[:-1], ("images/lost.png", "a", "train")], "file_name", "label", "split")
    understood = looked_at(zipped(tmp_path / "data.zip", PICTURES | {"labels.csv": rows}))
    [left_out] = understood.left_out
    assert (left_out.name, str(left_out.reason)) == ("images/5.png", "It has no label in the table. Add a row for it.")


def test_a_column_of_lists_is_not_taken_for_splits(tmp_path: Path) -> None:
    rows = [{"file_name": name, "label": label, "split": [part]} for name, label, part in ROWS]
    lines = "\n".join(map(json.dumps, rows)).encode()
    understood = looked_at(zipped(tmp_path / "data.zip", PICTURES | {"labels.jsonl": lines}))
    assert (understood.counts, understood.num_test) == ((3, 3), 0)


@pytest.mark.parametrize(
    "content", [b"", b"a,b\n1,2\n", b"\xff\xfe\x00", b'{"a": 1}\n{"b"', table(ROWS, "f", "x", "y")]
)
def test_a_table_of_something_else_is_not_taken_for_labels(content: bytes, tmp_path: Path) -> None:
    for name in ("notes.csv", "notes.jsonl"):
        files = {f"{label}/{number}.png": picture() for label in "xy" for number in range(3)}
        understood = looked_at(zipped(tmp_path / "data.zip", files | {name: content}))
        assert (understood.class_names, [each.name for each in understood.left_out]) == (("x", "y"), [name])


def test_pictures_in_one_folder_without_labels_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadData, match="1 class found"):
        looked_at(zipped(tmp_path / "data.zip", PICTURES | {"notes.csv": b"a,b\n1,2\n"}))

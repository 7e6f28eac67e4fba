"""Groups and times: proposed where a column or file names look like it, taken or refused, and only for splits."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trainer.data.own.made import Files, looked_at, picture, zipped
from tests.trainer.material import quiet
from trainer.data.fingerprints import fingerprint_of_text
from trainer.data.loading import Data, load
from trainer.data.own.choices import Choices
from trainer.data.own.grouping import groups_of, is_group_name
from trainer.data.own.importing import prepare_own
from trainer.data.own.tables.dates import dates_of
from trainer.data.splits import split
from trainer.errors import BadData
from trainer.spec import Split

FORMS = ["%Y-%m-%d", "%d.%m.%Y", "%Y-%m-%dT%H:%M:%S", "%Y/%m/%d %H:%M", "%Y年%m月%d日", "%Y-%m-%dT%H:%M:%SZ"]
PATIENTS = [f"p{number % 12}" for number in range(60)]
DATES = [f"{1 + number % 28:02}.{1 + number // 28:02}.2026" for number in range(60)]
SIZES = np.random.default_rng(0).normal(size=60).round(3).tolist()


def written(tmp_path: Path, **columns: list[Any]) -> Path:
    lines = [";".join(columns), *(";".join(map(str, row)) for row in zip(*columns.values(), strict=True))]
    (tmp_path / "data.csv").write_text("\n".join(lines))
    return tmp_path / "data.csv"


def visits(tmp_path: Path) -> Path:
    kinds = ["ill" if number % 3 else "well" for number in range(60)]
    return written(tmp_path, patient_id=PATIENTS, visited=DATES, size=SIZES, age=list(range(1, 121, 2)), target=kinds)


def opened(path: Path, **choices: Any) -> Data:
    datasets = path.parent / "datasets"
    datasets.mkdir(exist_ok=True)
    return load(prepare_own(path, Choices.model_validate(choices), "mine", datasets, quiet)[0])


def test_a_table_with_patients_and_dates_is_prepared_with_both(tmp_path: Path) -> None:
    understood, data = looked_at(visits(tmp_path)), opened(visits(tmp_path))
    assert (understood.group_name, understood.num_groups, understood.time_name) == ("patient_id", 12, "visited")
    assert (understood.feature_names, len(understood.notes)) == (("size", "age"), 2)
    assert (data.facts.group_name, data.facts.num_groups, data.facts.time_name) == ("patient_id", 12, "visited")
    assert data.groups is not None
    assert data.groups.tolist() == [fingerprint_of_text(name) for name in PATIENTS]
    assert data.times is not None
    assert data.times[:2].tolist() == [1767225600, 1767225600 + 86400]
    assert data.facts.group_sizes == tuple(sorted((fingerprint_of_text(f"p{number}"), 5) for number in range(12)))
    assert split(data, Split(method="timed")).test.tolist() == list(range(51, 60))


def test_both_can_be_refused_and_chosen(tmp_path: Path) -> None:
    refused = opened(visits(tmp_path), group="", time="")
    assert (refused.groups, refused.times, refused.facts.group_name) == (None, None, "")
    chosen = opened(visits(tmp_path), group="age", time="size")
    assert chosen.times is not None
    assert np.allclose(chosen.times, SIZES)
    assert (chosen.facts.group_name, chosen.facts.num_groups) == ("age", 60)
    assert len({refused.content_hash, chosen.content_hash, opened(visits(tmp_path)).content_hash}) == 3


@pytest.mark.parametrize(
    ("choices", "sentence"),
    [
        ({"group": "nobody"}, "'nobody' given as group; accepted: patient_id, visited"),
        ({"group": "target"}, "The target cannot be it"),
        ({"time": "patient_id", "group": ""}, "accepted: a column of dates"),
    ],
)
def test_a_column_that_cannot_be_it_is_refused(choices: dict[str, str], sentence: str, tmp_path: Path) -> None:
    with pytest.raises(BadData, match=sentence):
        looked_at(visits(tmp_path), **choices)


def test_a_row_without_a_date_is_left_out_and_one_without_a_group_is_kept(tmp_path: Path) -> None:
    columns = {"user": [""] * 3 + PATIENTS[3:], "day": [*DATES[:-1], ""], "size": SIZES, "target": [1, 2] * 30}
    data = opened(written(tmp_path, **columns))
    assert (data.facts.num_examples, data.facts.num_groups) == (59, 13)


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("patient_id", True),
        ("PatientID", True),
        ("User", True),
        ("customerid", True),
        ("grid", False),
        ("width", False),
        ("idle", False),
        ("humidity", False),
    ],
)
def test_a_column_of_groups_is_recognised_by_its_name(name: str, is_one: bool) -> None:
    assert is_group_name(name) is is_one


@given(st.lists(st.text(), min_size=1), st.lists(st.text()))
def test_a_group_has_the_same_number_in_whatever_data(names: list[str], others: list[str]) -> None:
    assert groups_of([*others, *names])[len(others) :].tolist() == groups_of(names).tolist()


@given(
    st.lists(st.datetimes(datetime.fromisoformat("1000-01-01")), min_size=1, max_size=20),
    st.sampled_from(FORMS),
)
def test_dates_are_in_order_however_they_are_written(moments: list[datetime], form: str) -> None:
    found = dates_of(pl.Series([moment.strftime(form) for moment in moments] + [None]))
    assert found is not None
    shown = [datetime.strptime(moment.strftime(form), form).replace(tzinfo=UTC) for moment in moments]
    assert np.isnan(found[-1])
    assert np.argsort(found[:-1], kind="stable").tolist() == sorted(range(len(shown)), key=shown.__getitem__)


@pytest.mark.parametrize("words", [["a", "b"], ["2026-01-01", "later"], ["31.12.2026", "12/31/2026"], []])
def test_other_words_are_no_dates(words: list[str]) -> None:
    assert dates_of(pl.Series(words, dtype=pl.String)) is None


def pictures(name: str, count: int = 48) -> Files:
    """Pictures of which two follow each other in each class, and four are of the same of 12 patients."""
    return {
        name.format(kind="ab"[number % 2], patient=number // 4, number=number): picture(5 * number)
        for number in range(count)
    }


@pytest.mark.parametrize(
    ("name", "rule", "sentence"),
    [
        ("{kind}/{patient}/{number}.png", "folder", "such as 0"),
        ("{kind}/patient{patient}_{number}.png", "name", "such as patient0"),
        ("train/{kind}/p-{patient} ({number}).png", "name", "such as p-0"),
    ],
)
def test_pictures_of_one_patient_are_known_by_folder_or_name(
    name: str, rule: str, sentence: str, tmp_path: Path
) -> None:
    path = zipped(tmp_path / "data.zip", pictures(name))
    understood, data = looked_at(path), opened(path)
    assert (understood.group_name, understood.num_groups) == (rule, 12)
    assert sentence in str(understood.notes[-1])
    assert data.groups is not None
    patients = {tuple(np.flatnonzero(data.groups == group) % 24) for group in data.groups}
    assert (len(patients), data.facts.num_groups) == (12, 12)  # a patient is the same in both classes
    assert opened(path, group="").groups is None


@pytest.mark.parametrize("name", ["{kind}/{number}.png", "{kind}/{kind}_{number}.png", "{kind}/IMG {number}.png"])
def test_pictures_that_are_only_numbered_are_not_grouped(name: str, tmp_path: Path) -> None:
    assert looked_at(zipped(tmp_path / "data.zip", pictures(name))).group_name == ""


def test_a_table_of_labels_may_say_whose_each_picture_is(tmp_path: Path) -> None:
    files = pictures("images/{kind}{number}.png")
    rows = [f"{name},{'xy'[index % 2]},person {index // 4}" for index, name in enumerate(files)]
    table = "\n".join(["file,label,patient_id", *rows]).encode()
    data = opened(zipped(tmp_path / "data.zip", files | {"labels.csv": table}))
    assert (data.facts.group_name, data.facts.num_groups) == ("column", 12)


def test_a_rule_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadData, match="accepted: column, folder, name"):
        looked_at(zipped(tmp_path / "data.zip", pictures("{kind}/{number}.png")), group="(a+)+$")

"""Pictures that are left out: what may be done about them is offered, and does what it says."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.trainer.data.own.made import classes, looked_at, picture, prepared, zipped
from trainer.data.own.picturing.summary import sizes_shown
from trainer.data.own.understanding import Understanding

LOOSE = {"cover.png": picture(), "back.png": picture(30)}


def offered(understood: Understanding) -> dict[str, dict[str, Any]]:
    return {str(remedy.says): remedy.choices for remedy in understood.remedies}


def test_pictures_without_a_class_become_one_and_are_left_out_again(tmp_path: Path) -> None:
    path = zipped(tmp_path / "pets.zip", classes("cat", "dog") | LOOSE)
    choices = offered(looked_at(path))["Use the 2 pictures without a class as a class “other”"]
    understood = looked_at(path, **choices)
    assert dict(zip(understood.class_names, understood.counts, strict=True)) == {"cat": 3, "dog": 3, "other": 2}
    assert understood.left_out == []
    again = offered(understood)["Leave out the pictures without a class again"]
    assert looked_at(path, **again).class_names == ("cat", "dog")
    _, targets, _ = prepared(path, tmp_path / "datasets", **choices)
    assert Counter(targets.tolist()) == {0: 3, 1: 3, 2: 2}


def test_the_new_class_has_a_name_of_its_own(tmp_path: Path) -> None:
    path = zipped(tmp_path / "pets.zip", classes("cat", "other") | LOOSE)
    assert {"unlabelled": "other-2"} in offered(looked_at(path)).values()


@pytest.mark.parametrize("outer", ["", "pets/"])
@pytest.mark.parametrize("split", ["", "train/"])
def test_loose_pictures_hide_neither_classes_nor_splits(outer: str, split: str, tmp_path: Path) -> None:
    files = {f"{outer}{split}{name}": content for name, content in (classes("cat", "dog") | LOOSE).items()}
    understood = looked_at(zipped(tmp_path / "data.zip", files))
    assert (understood.class_names, len(understood.left_out)) == (("cat", "dog"), 2)


def test_rare_classes_are_left_out_and_taken_in_again(tmp_path: Path) -> None:
    path = zipped(tmp_path / "pets.zip", classes("cat", "dog", each=20) | classes("fox", "owl"))
    choices = offered(looked_at(path))["Leave out the 2 classes with fewer than 20 pictures"]
    understood = looked_at(path, **choices)
    assert (understood.class_names, understood.num_examples) == (("cat", "dog"), 40)
    assert {str(each.reason) for each in understood.left_out} == {"You left its class out."}
    assert offered(understood) == {"Use all classes again": {"leave_out_classes": []}}


def test_a_class_of_one_picture_is_left_out_and_said(tmp_path: Path) -> None:
    understood = looked_at(zipped(tmp_path / "pets.zip", classes("cat", "dog") | {"owl/1.png": picture()}))
    assert understood.class_names == ("cat", "dog")
    assert "only picture of its class" in str(understood.left_out[0].reason)


def test_nothing_is_offered_where_nothing_can_be_done(tmp_path: Path) -> None:
    assert looked_at(zipped(tmp_path / "pets.zip", classes("cat", "dog", each=20))).remedies == []


def test_sizes_are_counted_and_the_mean_is_shown(tmp_path: Path) -> None:
    files = classes("cat", "dog") | {"cat/large.png": picture(size=(40, 30))}
    understood = looked_at(zipped(tmp_path / "pets.zip", files))
    assert understood.sizes == [{"name": "9 × 8", "count": 6}, {"name": "40 × 30", "count": 1}]
    assert understood.mean.startswith("data:image/png;base64,")


def test_many_sizes_are_counted_in_bins_that_miss_none() -> None:
    sizes = Counter({(side, 10): side for side in (5, 32, 33, 64, 65, 500, 4096, 4097, 9000)})
    shown = sizes_shown(sizes)
    assert [each["name"] for each in shown[:3]] == ["≤ 32 px", "33 – 64 px", "65 – 128 px"]
    assert shown[-1]["name"] == "> 4096 px"
    assert sum(each["count"] for each in shown) == sizes.total()
    assert shown[0]["count"] == 5 + 32


def test_each_class_has_a_sample(tmp_path: Path) -> None:
    names = [f"class{number:02}" for number in range(40)]
    understood = looked_at(zipped(tmp_path / "pets.zip", classes(*names, each=2)))
    assert {sample["label"] for sample in understood.samples} == set(names)

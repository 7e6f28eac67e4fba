"""Folders and archives of pictures: which layouts are understood, and what becomes of the pictures."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.trainer.data.own.made import Files, classes, damage, in_folder, looked_at, picture, prepared, tarred, zipped
from trainer.errors import BadData

SPLIT = {f"{part}/{name}": content for part in ("train", "test") for name, content in classes("cat", "dog").items()}
LAYOUTS: dict[str, tuple[Files, tuple[str, ...], int]] = {
    "class folders": (classes("dog", "cat"), ("cat", "dog"), 0),
    "one outer folder": (
        {f"pets/{name}": content for name, content in classes("dog", "cat").items()},
        ("cat", "dog"),
        0,
    ),
    "two outer folders": (classes("a/b/x", "a/b/y"), ("x", "y"), 0),
    "folders in a class": (classes("x/1", "x/2", "y/1"), ("x", "y"), 0),
    "splits": (SPLIT, ("cat", "dog"), 6),
    "splits in an outer folder": ({f"pets/{name}": content for name, content in SPLIT.items()}, ("cat", "dog"), 6),
    "only a test split": (
        {name: content for name, content in SPLIT.items() if name.startswith("test")},
        ("cat", "dog"),
        0,
    ),
    "Chinese names": (classes("猫", "狗"), ("狗", "猫"), 0),
}
WRITERS: dict[str, Callable[[Path, Files], Path]] = {"data.zip": zipped, "data.tar.gz": tarred, "data": in_folder}


@pytest.mark.parametrize("written", WRITERS)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layout_is_understood_and_prepared(layout: str, written: str, tmp_path: Path) -> None:
    files, names, num_test = LAYOUTS[layout]
    inputs, targets, understood = prepared(WRITERS[written](tmp_path / written, files), tmp_path / "datasets")
    assert (understood.class_names, understood.num_test, understood.left_out) == (tuple(sorted(names)), num_test, [])
    assert (inputs.shape, inputs.dtype, len(targets)) == ((len(files), 8, 9, 1), np.uint8, len(files))
    assert sorted(inputs[:, 0, 0, 0].tolist()) == sorted([0, 20, 40] * (len(files) // 3))
    assert set(targets.tolist()) == {0, 1}


def test_validation_pictures_are_kept_between_those_for_training_and_test(tmp_path: Path) -> None:
    files = SPLIT | {name.replace("test", "valid"): content for name, content in SPLIT.items() if "test" in name}
    path = zipped(tmp_path / "data.zip", files)
    _, targets, understood = prepared(path, tmp_path / "datasets")
    assert (understood.num_validation, understood.num_test, understood.num_examples) == (6, 6, 18)
    assert targets.tolist() == 3 * [0, 0, 0, 1, 1, 1]
    assert str(understood.layout) == "Folders of classes in folders for training, validation and test"


def test_the_same_pictures_are_one_dataset_however_they_are_packed(tmp_path: Path) -> None:
    hashes = set()
    for written, write in WRITERS.items():
        prepared(write(tmp_path / written, classes("a", "b")), tmp_path / "datasets")
        hashes = {path.name for path in (tmp_path / "datasets").iterdir()}
    assert len(hashes) == 1


def test_what_systems_leave_is_never_a_class(tmp_path: Path) -> None:
    junk = {"__MACOSX/a/._0.png": b"x", ".DS_Store": b"x", "a/Thumbs.db": b"x", ".ipynb_checkpoints/0.png": picture()}
    understood = looked_at(zipped(tmp_path / "data.zip", classes("a", "b") | junk))
    assert (understood.class_names, understood.left_out) == (("a", "b"), [])


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a/broken.png", b"\x89PNG\r\n\x1a\n and no more", "It is"),
        ("a/text.jpg", b"hello", "It is no picture"),
        ("a/readme.txt", b"hello", "It is no picture"),
        ("top.png", picture(), "It is in the folder of no class"),
        ("a/nested.zip", b"PK\x03\x04", "It is no picture"),
        ("a/half.png", picture(size=(300, 300))[:-40], "damaged"),
    ],
)
def test_a_file_that_cannot_be_used_is_left_out_with_its_reason(
    name: str, content: bytes, reason: str, tmp_path: Path
) -> None:
    path = zipped(tmp_path / "data.zip", classes("a", "b") | {name: content})
    inputs, _, understood = prepared(path, tmp_path / "datasets")
    [left_out] = understood.left_out
    assert (left_out.name, len(inputs)) == (name, 6)
    assert reason in str(left_out.reason)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF"])
@pytest.mark.parametrize("ending", ["png", "jpg"])
def test_content_counts_and_not_the_ending(form: str, ending: str, tmp_path: Path) -> None:
    files = {f"{name}/{n}.{ending}": picture(50 * n, form=form) for name in ("a", "b") for n in range(3)}
    assert looked_at(zipped(tmp_path / "data.zip", files)).num_examples == 6


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "CMYK", "P", "L", "1", "I;16"])
def test_every_mode_of_colours_becomes_eight_bits(mode: str, tmp_path: Path) -> None:
    form = "TIFF" if mode == "CMYK" else "PNG"
    content = picture(1 if mode == "1" else 200, form=form, mode="L" if mode in {"1", "I;16"} else mode)
    files = {f"{name}/{number}.png": content for name in ("a", "b") for number in range(3)}
    inputs, _, _ = prepared(zipped(tmp_path / "data.zip", files), tmp_path / "datasets")
    assert inputs.shape[-1] == (3 if mode in {"RGB", "RGBA", "CMYK"} else 1)


@pytest.mark.parametrize("resize", ["squash", "crop", "pad"])
def test_pictures_of_many_sizes_become_one(resize: str, tmp_path: Path) -> None:
    files = {f"{name}/{n}.png": picture(90, (40 + 9 * n, 30)) for name in ("a", "b") for n in range(3)}
    inputs, _, understood = prepared(
        zipped(tmp_path / "data.zip", files), tmp_path / "datasets", resize=resize, height=16, width=24
    )
    assert inputs.shape == (6, 16, 24, 1)
    assert "24 × 16 pixels" in str(understood.notes[0])
    assert ((inputs == 0).any(), (inputs[:, 8, 12] == 90).all()) == (resize == "pad", True)


def test_a_picture_is_turned_as_its_camera_said(tmp_path: Path) -> None:
    from PIL import Image

    files = {}
    for name in ("a", "b"):
        for number in range(2):
            image, exif = Image.new("L", (20, 10), 50), Image.Exif()
            exif[0x0112] = 6
            image.save(tmp_path / "turned.jpg", exif=exif)
            files[f"{name}/{number}.jpg"] = (tmp_path / "turned.jpg").read_bytes()
    assert looked_at(zipped(tmp_path / "data.zip", files)).input_shape == (20, 10, 1)


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({}, "No picture is in the folder of a class"),
        ({"1.png": picture(), "2.png": picture()}, "No picture is in the folder of a class"),
        (classes("a"), "1 class found"),
        (classes("a", "b", each=1), "has only one example"),
    ],
)
def test_what_nothing_can_be_learnt_from_is_refused(files: Files, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(BadData, match=sentence):
        looked_at(zipped(tmp_path / "data.zip", files))


NAMES = st.text(st.characters(codec="utf-8", exclude_characters="/\\\0:"), min_size=1, max_size=12)


@given(names=st.dictionaries(st.lists(NAMES, min_size=1, max_size=4).map("/".join), st.booleans(), max_size=12))
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_layout_ends_in_a_usable_dataset_or_in_a_sentence(tmp_path: Path, names: dict[str, bool]) -> None:
    files = {f"{name}.png": picture() if is_picture else b"no" for name, is_picture in names.items()}
    path = zipped(tmp_path / "data.zip", files)
    try:
        inputs, targets, understood = prepared(path, tmp_path / "datasets")
    except BadData as error:
        assert str(error).endswith(".")  # noqa: PT017
    else:
        assert len(inputs) == len(targets) == understood.num_examples
        assert len(understood.class_names) >= 2


def test_a_picture_that_its_archive_damaged_is_left_out(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (4, 40, 40), np.uint8)
    path = zipped(tmp_path / "data.zip", {f"{'ab'[n % 2]}/{n}.bmp": as_bmp(noise[n % 4] + n) for n in range(8)})
    damage(path)
    inputs, _, understood = prepared(path, tmp_path / "datasets")
    assert (len(inputs), understood.num_examples, understood.counts) == (7, 7, (3, 4))
    assert [each.name for each in understood.left_out] == ["a/0.bmp"]


def test_a_class_whose_pictures_are_all_damaged_is_refused(tmp_path: Path) -> None:
    whole = as_bmp(np.zeros((40, 40), np.uint8))
    files = {f"a/{n}.bmp": whole for n in range(3)} | {f"b/{n}.bmp": whole[:-500] for n in range(3)}
    with pytest.raises(BadData, match="The class b has only one example"):
        prepared(zipped(tmp_path / "data.zip", files), tmp_path / "datasets")


def as_bmp(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "BMP")
    return file.getvalue()

"""Asking a checkpoint about one picture or row, and what is said of bad ones."""

from __future__ import annotations

import base64
import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tests.trainer.material import data_of, spec_for, trained
from trainer.data.bundled.catalog import facts_of
from trainer.data.image_formats import FORMATS, is_accepted
from trainer.data.images import picture_of
from trainer.errors import BadData
from trainer.inference.photo_input import prepare_picture
from trainer.inference.prediction import predict

DIGITS = facts_of("digits")
SPECS = {
    "digits": spec_for("digits", fit={"epochs": 10}),
    "iris": spec_for("iris", fit={"epochs": 10}),
    "diabetes": spec_for("diabetes", fit={"epochs": 2}),
}


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {name: trained(spec, tmp_path_factory.mktemp(name)) for name, spec in SPECS.items()}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "picture"


def seven(background: str, ink: str, mode: str = "RGB") -> Image.Image:
    image = Image.new(mode, (300, 200), background)
    ImageDraw.Draw(image).line([(100, 40), (180, 40), (130, 170)], fill=ink, width=18)
    return image


def decoded(uri: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2]))))


def test_a_picture_of_the_dataset_comes_back_as_it_was(path: Path) -> None:
    example = data_of("digits").inputs[5]
    path.write_bytes(base64.b64decode(picture_of(example, DIGITS).partition(",")[2]))
    prepared = prepare_picture(path, DIGITS)
    assert np.allclose(prepared.pixels, example, atol=16 / 255)
    assert prepared.notes == ()


def test_dark_strokes_on_white_paper_are_inverted_and_said_so(path: Path) -> None:
    seven("white", "navy").save(path, "PNG")
    dark = prepare_picture(path, DIGITS)
    seven("black", "white").save(path, "PNG")
    bright = prepare_picture(path, DIGITS)
    assert "Inverted" in str(dark.notes[0])
    assert not any("Inverted" in str(note) for note in bright.notes)
    assert np.allclose(dark.pixels, bright.pixels, atol=1)
    assert dark.pixels.max() == 16


def test_pencil_on_grey_paper_counts_as_ink_on_white(path: Path) -> None:
    seven("#c0c0c0", "#505050").save(path, "PNG")
    grey = prepare_picture(path, DIGITS).pixels
    seven("white", "black").save(path, "PNG")
    assert np.allclose(grey, prepare_picture(path, DIGITS).pixels, atol=1)


@pytest.mark.parametrize("format", FORMATS)
def test_the_usual_formats_are_read(format: str, path: Path) -> None:
    seven("white", "black").save(path, format)
    assert is_accepted(path.read_bytes())
    assert prepare_picture(path, DIGITS).pixels.shape == (8, 8, 1)


@pytest.mark.parametrize("format", ["BMP", "GIF", "TIFF"])
def test_what_the_form_does_not_take_is_not_read_either(format: str, path: Path) -> None:
    seven("white", "black").save(path, format)
    assert not is_accepted(path.read_bytes())
    with pytest.raises(BadData, match="accepted: PNG, JPEG or WebP"):
        prepare_picture(path, DIGITS)


@pytest.mark.parametrize("kind", [b"zTXt", b"iCCP", b"iTXt"])
def test_texts_that_unpack_to_megabytes_are_refused_in_words(kind: bytes, path: Path) -> None:
    seven("white", "black").save(path, "PNG")
    head = b"key\0\1\0\0\0" if kind == b"iTXt" else b"key\0\0"
    body = kind + head + zlib.compress(bytes(64 << 20))
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    content = path.read_bytes()
    path.write_bytes(content[:33] + chunk + content[33:])  # after the header
    with pytest.raises(BadData, match="too large to unpack"):
        prepare_picture(path, DIGITS)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_the_usual_modes_are_read(mode: str, path: Path) -> None:
    image = seven("white", "black")
    if mode == "I;16":
        image = Image.fromarray(np.asarray(image.convert("L"), np.uint16) * 257)
    (image if mode == "I;16" else image.convert(mode)).save(path, "PNG")
    pixels = prepare_picture(path, DIGITS).pixels
    assert (pixels.min(), pixels.max()) == (0, 16)


def test_transparent_paper_is_white(path: Path) -> None:
    seven("#00000000", "#000000ff", "RGBA").save(path, "PNG")
    assert "Inverted" in str(prepare_picture(path, DIGITS).notes[0])


def test_photographs_are_cut_to_a_square_for_colour_datasets(path: Path) -> None:
    Image.new("RGB", (300, 200), (10, 200, 30)).save(path, "PNG")
    prepared = prepare_picture(path, facts_of("cifar10"))
    assert prepared.pixels.shape == (32, 32, 3)
    assert prepared.pixels[0, 0].tolist() == [10, 200, 30]
    assert str(prepared.notes[0]) == "Cropped to the central square."


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not a readable picture; accepted: PNG"),
        (b"<svg/>", "not a readable picture; accepted: PNG"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "picture"),
    ],
)
def test_what_is_no_picture_is_refused_in_words(content: bytes, message: str, path: Path) -> None:
    path.write_bytes(content)
    with pytest.raises(BadData, match=message):
        prepare_picture(path, DIGITS)


def test_a_truncated_picture_is_refused(path: Path) -> None:
    file = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)).save(file, "PNG")
    path.write_bytes(file.getvalue()[:3000])
    with pytest.raises(BadData, match="damaged"):
        prepare_picture(path, DIGITS)


def test_a_picture_that_unpacks_to_gigabytes_is_refused_unread(path: Path) -> None:
    Image.new("1", (8000, 8000)).save(path, "PNG")
    with pytest.raises(BadData, match="8000 × 8000 pixels; accepted: at most 25,000,000"):
        prepare_picture(path, DIGITS)


def test_a_blank_picture_is_refused(path: Path) -> None:
    Image.new("RGB", (100, 100), "white").save(path, "PNG")
    with pytest.raises(BadData, match="blank"):
        prepare_picture(path, DIGITS)


def test_a_picture_is_answered_with_the_five_most_probable_classes(checkpoints: dict[str, Path], path: Path) -> None:
    example = data_of("digits").inputs[0]
    path.write_bytes(base64.b64decode(picture_of(example, DIGITS).partition(",")[2]))
    answer = predict(SPECS["digits"], DIGITS, checkpoints["digits"], path, None)
    shares = [entry["probability"] for entry in answer["classes"]]
    assert answer["classes"][0]["name"] == "0"
    assert (len(shares), sorted(shares, reverse=True)) == (5, shares)
    assert decoded(answer["prepared"]["image"]).shape == (8, 8)


def test_a_row_is_answered(checkpoints: dict[str, Path]) -> None:
    answer = predict(SPECS["iris"], facts_of("iris"), checkpoints["iris"], None, [5.1, 3.5, 1.4, 0.2])
    assert {entry["name"] for entry in answer["classes"]} == {"setosa", "versicolor", "virginica"}
    assert answer["prepared"]["row"]["petal width (cm)"] == 0.2


def test_a_regression_answers_with_a_value_in_its_unit(checkpoints: dict[str, Path]) -> None:
    row = data_of("diabetes").inputs[0].tolist()
    answer = predict(SPECS["diabetes"], facts_of("diabetes"), checkpoints["diabetes"], None, row)
    assert 0 < answer["value"] < 400
    assert answer["target_name"] == "disease progression"


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (None, "no row was given"),
        ([1.0], "1 value given; accepted: 4, one for each of sepal length"),
        ([1.0, 2.0, float("nan"), 3.0], "petal length .cm.: nan given; accepted: a finite number"),
        ([1.0, 2.0, 1e300, 3.0], "petal length .cm.: 1e.300 given"),
        ([1.0, 2.0, "3", 3.0], "petal length .cm.: '3' given; accepted: a number"),
        ([1.0, 2.0, True, 3.0], "petal length .cm.: True given"),
    ],
)
def test_a_bad_row_is_refused_at_its_column(row: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        predict(SPECS["iris"], facts_of("iris"), Path("never read"), None, row)


def test_a_picture_is_asked_for_where_pictures_are_needed() -> None:
    with pytest.raises(ValueError, match="no picture was given"):
        predict(SPECS["digits"], DIGITS, Path("never read"), None, [1.0])

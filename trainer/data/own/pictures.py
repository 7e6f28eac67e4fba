"""Pictures of a team: understood from names and headers, then decoded to one size on all cores."""

from __future__ import annotations

import io
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from trainer.data.facts import DatasetFacts
from trainer.data.images import data_uri
from trainer.data.own.array_file import ArrayFile
from trainer.data.own.choices import Choices
from trainer.data.own.entries import DAMAGE, Entries, LeftOut
from trainer.data.own.grouping import names_of_groups, rule_for
from trainer.data.own.label_files import label_file_of
from trainer.data.own.picture_layout import PARTS, Labelled, classes_of, is_picture_name, layout_of
from trainer.data.own.several_labels import refuse_labels, refuse_one_each, targets_of
from trainer.data.own.understanding import Understanding, in_chosen_order, refuse_classes
from trainer.data.picture_files import decoded
from trainer.data.source import Report
from trainer.errors import BadData
from trainer.messages.message import Message

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")
IN_WORDS = Message("PNG, JPEG, WebP, BMP, GIF or TIFF")
# Sizes that are proposed: the largest that is no larger than most pictures.
SIZES = (224, 192, 160, 128, 96, 64, 48, 32, 28, 24, 16, 8)
# How many pictures are opened to find out whether they have colours.
SAMPLE = 200
MOST_SAMPLES = 30
# Pictures in memory at a time, and their bytes as files.
AT_ONCE, MOST_BYTES_AT_ONCE = 64, 64 * 2**20
MOST_BYTES = 50 * 2**20
ORIENTATION, FIRST_TURNED = 0x0112, 5  # of EXIF: from 5 on width and height change places
LEAST_COLOUR = 8  # mean difference between the colours of a pixel, of 255


@dataclass(frozen=True)
class PicturePlan:
    """Which pictures become examples, in order, those of validation and test splits last, and of which shape.

    ``groups`` is the rule by which they are grouped, "" for none. With ``has_several``, each may have several
    of the classes.
    """

    pictures: list[Labelled]
    class_names: tuple[str, ...]
    shape: tuple[int, int, int]
    groups: str = ""
    has_several: bool = False


@dataclass(frozen=True)
class WrittenPictures:
    """The ``pictures`` that could be decoded, in order, with their inputs and class numbers, and those that could not.

    ``inputs``: uint8 (n, height, width, channels), mapped from the disk; ``targets`` as of
    :class:`trainer.data.loading.Data`.
    """

    pictures: list[Labelled]
    inputs: np.ndarray
    targets: np.ndarray
    damaged: list[LeftOut]


def understand_pictures(entries: Entries, choices: Choices) -> tuple[Understanding, PicturePlan]:
    """Read the headers of all pictures. Raises :class:`BadData` when there is nothing to learn from."""
    table = label_file_of(entries, choices.task)
    layout = table.layout if table else layout_of(entries.names)
    refuse_one_each(layout, choices)
    used = {each.index for each in layout.pictures} | ({table.index} if table else set())
    left_out = [*entries.left_out, *_others(entries, used, with_table=table is not None)]
    sizes, usable = Counter[tuple[int, int]](), []
    for picture, size, reason in _headers(entries, layout.pictures):
        if reason is None:
            sizes[size] += 1
            usable.append(picture)
        else:
            left_out.append(LeftOut(entries.names[picture.index], reason))
    counts = classes_of(usable)
    refuse = refuse_labels if layout.has_several else refuse_classes
    refuse(list(counts), list(counts.values()))
    counts = {name: counts[name] for name in in_chosen_order(list(counts), choices.classes)}
    shape = _shape_for(sizes, choices, _has_colours(entries, usable, choices))
    ordered = sorted(usable, key=lambda each: (PARTS.index(each.part), entries.names[each.index]))
    rule, proposed = rule_for(ordered, entries.names, choices)
    plan = PicturePlan(ordered, tuple(counts), shape, rule, layout.has_several)
    understood = Understanding(
        layout.sentence,
        source="pictures",
        kind="image",
        task="multilabel" if layout.has_several else "classification",
        num_examples=len(usable),
        input_shape=shape,
        class_names=tuple(counts),
        counts=tuple(counts.values()),
        samples=_samples(entries, plan, choices),
        notes=[*filter(None, [layout.note]), *_notes(sizes, shape, choices), *proposed],
        left_out=left_out,
        **split_counts(usable),
        group_name=rule,
        num_groups=len(set(names_of_groups(ordered, entries.names, rule))) if rule else 0,
    )
    return understood, plan


def split_counts(pictures: Sequence[Labelled]) -> dict[str, Any]:
    """How many are of the data's own splits, by the names of the facts."""
    parts = Counter(each.part for each in pictures)
    return {"num_validation": parts["validation"], "num_test": parts["test"]}


def write_pictures(
    entries: Entries, plan: PicturePlan, choices: Choices, folder: Path, report: Report
) -> WrittenPictures:
    """Decode all pictures into ``folder``; those that turn out to be damaged are left out."""
    written, damaged = [], []
    with ArrayFile(folder / "inputs.npy", plan.shape, np.uint8) as file:
        for done, (picture, pixels) in enumerate(_decoded(entries, plan, choices)):
            if isinstance(pixels, Message):
                damaged.append(LeftOut(entries.names[picture.index], pixels))
                continue
            file.append(pixels[np.newaxis])
            written.append(picture)
            if done % AT_ONCE == 0:
                progress = Message("{done:,} of {total:,} pictures", done=done, total=len(plan.pictures))
                report(done / len(plan.pictures), progress)
    targets = targets_of(written, plan.class_names, has_several=plan.has_several)
    return WrittenPictures(written, np.load(folder / "inputs.npy", mmap_mode="r"), targets, damaged)


def facts_of_pictures(plan: PicturePlan, pictures: Sequence[Labelled], name: str, title: str) -> DatasetFacts:
    """The facts of a dataset of the ``pictures`` that are left of the plan."""
    return DatasetFacts(
        name=name,
        title=title,
        task="multilabel" if plan.has_several else "classification",
        kind="image",
        input_shape=plan.shape,
        num_examples=len(pictures),
        class_names=plan.class_names,
        target_name="class",
        value_range=(0.0, 255.0),
        group_name=plan.groups,
        **split_counts(pictures),
    )


def _samples(entries: Entries, plan: PicturePlan, choices: Choices) -> list[dict[str, Any]]:
    """The first pictures of every class in turn, as they will be."""
    each = max(1, MOST_SAMPLES // len(plan.class_names))
    taken, samples = Counter[str](), list[tuple[int, str, dict[str, Any]]]()
    for picture in plan.pictures:
        if taken[picture.label] == each or len(samples) == MOST_SAMPLES:
            continue
        pixels = _pixels(_content(entries, picture), plan.shape, choices)
        if not isinstance(pixels, Message):
            samples.append((taken[picture.label], picture.label, {"image": data_uri(pixels), "label": picture.label}))
            taken[picture.label] += 1
    return [sample for *_, sample in sorted(samples, key=lambda each: each[:2])]


def _others(entries: Entries, used: set[int], *, with_table: bool) -> Iterator[LeftOut]:
    for index, name in enumerate(entries.names):
        if index in used:
            continue
        if is_picture_name(name) and with_table:
            yield LeftOut(name, Message("It has no label in the table. Add a row for it."))
        elif is_picture_name(name):
            yield LeftOut(name, Message("It is in the folder of no class. Move it into one."))
        else:
            yield LeftOut(name, Message("It is no picture; accepted: {formats}.", formats=IN_WORDS))


def _headers(entries: Entries, pictures: list[Labelled]) -> Iterator[tuple[Labelled, tuple[int, int], Message | None]]:
    """The size of each picture, upright, or why it cannot be used. Only the header is read."""
    for picture in pictures:
        try:
            with entries.open(picture.index) as file, Image.open(file, formats=FORMATS) as image:
                # PNG's own getexif would decode the whole picture.
                turned = Image.Image.getexif(image).get(ORIENTATION, 1) >= FIRST_TURNED
                yield picture, (image.size[::-1] if turned else image.size), None
        except UnidentifiedImageError:
            yield picture, (0, 0), Message("It is no picture; accepted: {formats}.", formats=IN_WORDS)
        except (*DAMAGE, SyntaxError, Image.DecompressionBombError) as error:
            yield picture, (0, 0), Message("It is damaged ({error}). Save it again.", error=str(error)[:200])


def _has_colours(entries: Entries, pictures: list[Labelled], choices: Choices) -> bool:
    if choices.colour != "auto":
        return choices.colour == "colour"
    step = max(1, len(pictures) // SAMPLE)
    return any(_is_coloured(entries, picture) for picture in pictures[::step])


def _is_coloured(entries: Entries, picture: Labelled) -> bool:
    try:
        with entries.open(picture.index) as file:
            pixels = np.asarray(decoded(file, FORMATS, IN_WORDS))
    except BadData:
        return False
    # Compression makes grey pictures differ a little between the colours.
    return bool(np.ptp(pixels.astype(np.int16), axis=2).mean() > LEAST_COLOUR)


def _shape_for(sizes: Counter[tuple[int, int]], choices: Choices, coloured: bool) -> tuple[int, int, int]:
    """The chosen size; else that of all pictures when they are alike and small, else a usual square."""
    channels = 3 if coloured else 1
    if choices.height or choices.width:
        height = choices.height or choices.width
        return (height or 0, choices.width or height or 0, channels)
    (width, height), alike = sizes.most_common(1)[0]
    if alike == sizes.total() and max(width, height) <= SIZES[0]:
        return (height, width, channels)
    shorter = sorted(min(size) for size in sizes.elements())
    most = shorter[len(shorter) // 10]
    side = next((size for size in SIZES if size <= most), SIZES[-1])
    return (side, side, channels)


def _notes(sizes: Counter[tuple[int, int]], shape: tuple[int, int, int], choices: Choices) -> list[Message]:
    height, width, channels = shape
    notes = []
    if len(sizes) > 1 or next(iter(sizes)) != (width, height):
        ways = {
            "squash": Message("Pictures are squashed to {width} × {height} pixels.", width=width, height=height),
            "crop": Message(
                "Pictures are cropped in the middle to {width} × {height} pixels.", width=width, height=height
            ),
            "pad": Message("Pictures are padded with black to {width} × {height} pixels.", width=width, height=height),
        }
        notes.append(ways[choices.resize])
    grey = Message("Pictures have no colours, and are kept in grey.")
    return [*notes, *([grey] if channels == 1 and choices.colour == "auto" else [])]


def _decoded(entries: Entries, plan: PicturePlan, choices: Choices) -> Iterator[tuple[Labelled, np.ndarray | Message]]:
    """The pixels of each picture in order, decoded in threads: Pillow lets go of the interpreter's lock."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for batch in _batches(entries, plan.pictures):
            pixels = pool.map(lambda content: _pixels(content, plan.shape, choices), [content for _, content in batch])
            yield from zip((picture for picture, _ in batch), pixels, strict=True)


def _batches(entries: Entries, pictures: list[Labelled]) -> Iterator[list[tuple[Labelled, bytes | Message]]]:
    """The contents of the files, some at a time; a zip is read by one thread."""
    batch: list[tuple[Labelled, bytes | Message]] = []
    num_bytes = 0
    for picture in pictures:
        content = _content(entries, picture)
        batch.append((picture, content))
        num_bytes += 0 if isinstance(content, Message) else len(content)
        if len(batch) == AT_ONCE or num_bytes > MOST_BYTES_AT_ONCE:
            yield batch
            batch, num_bytes = [], 0
    yield batch


def _content(entries: Entries, picture: Labelled) -> bytes | Message:
    try:
        with entries.open(picture.index) as file:
            content = file.read(MOST_BYTES + 1)
    except DAMAGE as error:
        return Message("It is damaged ({error}). Save it again.", error=str(error)[:200])
    if len(content) > MOST_BYTES:
        return Message("It has more than {most:,} bytes. Make it smaller.", most=MOST_BYTES)
    return content


def _pixels(content: bytes | Message, shape: tuple[int, int, int], choices: Choices) -> np.ndarray | Message:
    if isinstance(content, Message):
        return content
    try:
        image = decoded(io.BytesIO(content), FORMATS, IN_WORDS)
    except BadData as error:
        return error.message
    height, width, channels = shape
    fitted = _fitted(image, (width, height), choices.resize)
    return np.asarray(fitted.convert("L") if channels == 1 else fitted, np.uint8).reshape(shape)


def _fitted(image: Image.Image, size: tuple[int, int], how: str) -> Image.Image:
    if image.size == size:
        return image
    method = Image.Resampling.BOX if min(image.size) >= min(size) else Image.Resampling.BICUBIC
    if how == "squash":
        return image.resize(size, method)
    if how == "pad":
        return ImageOps.pad(image, size, method, color="black")
    return ImageOps.fit(image, size, method)

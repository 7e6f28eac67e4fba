"""Pictures of a team: understood from names and headers, then decoded to one size on all cores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from trainer.data.facts import DatasetFacts, Task
from trainer.data.images import data_uri
from trainer.data.own.array_file import ArrayFile
from trainer.data.own.choices import Choices
from trainer.data.own.entries import Entries, LeftOut
from trainer.data.own.grouping import names_of_groups, rule_for
from trainer.data.own.label_files import label_file_of
from trainer.data.own.picture_layout import PARTS, Labelled, classes_of, is_picture_name, layout_of
from trainer.data.own.picturing.decoding import (
    FORMATS,
    IN_WORDS,
    Fitting,
    Pixels,
    content_of,
    fitted,
    headers_of,
    pixels_of,
)
from trainer.data.own.picturing.remedies import chosen, remedies_for, without_single_pictures
from trainer.data.own.picturing.summary import mean_picture, sizes_shown
from trainer.data.own.several_labels import refuse_labels, refuse_one_each, targets_of
from trainer.data.own.understanding import Understanding, in_chosen_order, refuse_classes
from trainer.data.picture_files import decoded
from trainer.data.source import Report
from trainer.errors import BadData
from trainer.messages.message import Message
from trainer.system.garbage import no_search_for_cycles

# Sizes that are proposed: the largest that is no larger than most pictures.
SIZES = (224, 192, 160, 128, 96, 64, 48, 32, 28, 24, 16, 8)
# How many pictures are opened to find out whether they have colours.
SAMPLE = 200
MOST_SAMPLES, MOST_CLASSES_SHOWN = 30, 100
# How many, spread over all, the mean picture is of.
OF_MEAN = 100
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


def understand_pictures(entries: Entries, choices: Choices) -> Understanding:
    """What a page shows of the pictures; all headers are read. Raises :class:`BadData` if nothing can be learnt."""
    understood, plan, sizes = _planned(entries, choices, *_readable(entries, choices))
    understood.samples = _samples(entries, plan, choices)
    understood.sizes, understood.mean = sizes_shown(sizes), mean_picture(_spread(entries, plan, choices))
    return understood


def plan_pictures(entries: Entries, choices: Choices, *, trusting: bool) -> tuple[Understanding, PicturePlan]:
    """Which pictures become examples. Raises :class:`BadData` as :func:`understand_pictures` does.

    When ``trusting``, all pictures are taken for readable, so that none is opened; the choices must settle their shape.
    """
    read = _found(entries, choices) if trusting else _readable(entries, choices)
    return _planned(entries, choices, *read)[:2]


@no_search_for_cycles()
def _found(entries: Entries, choices: Choices) -> tuple[Understanding, list[Labelled], Counter[tuple[int, int]]]:
    """The layout in an otherwise empty understanding, the pictures with labels, and no sizes yet."""
    table = label_file_of(entries, choices.task)
    layout = table.layout if table else layout_of(entries.names)
    refuse_one_each(layout, choices)
    pictures, unwanted = chosen(layout.pictures, entries.names, choices)
    used = {each.index for each in (*layout.pictures, *pictures)} | ({table.index} if table else set())
    others = list(_others(entries, used, with_table=table is not None))
    understood = Understanding(
        layout.sentence,
        source="pictures",
        kind="image",
        task="classification",
        num_examples=0,
        input_shape=(),
        num_unlabelled=sum(is_picture_name(each.name) for each in others),
        notes=[layout.note] if layout.note else [],
        left_out=[*entries.left_out, *others, *unwanted],
    )
    return understood, pictures, Counter()


def _readable(entries: Entries, choices: Choices) -> tuple[Understanding, list[Labelled], Counter[tuple[int, int]]]:
    """The same, with the pictures whose headers can be read, and how many there are of each size."""
    understood, pictures, sizes = _found(entries, choices)
    usable = []
    for picture, size in zip(pictures, headers_of(entries, [each.index for each in pictures]), strict=True):
        if isinstance(size, Message):
            understood.left_out.append(LeftOut(entries.names[picture.index], size))
        else:
            sizes[size] += 1
            usable.append(picture)
    return understood, usable, sizes


@no_search_for_cycles()
def _planned(
    entries: Entries,
    choices: Choices,
    understood: Understanding,
    pictures: list[Labelled],
    sizes: Counter[tuple[int, int]],
) -> tuple[Understanding, PicturePlan, Counter[tuple[int, int]]]:
    has_several = any(each.labels is not None for each in pictures)
    usable, single = (pictures, []) if has_several else without_single_pictures(pictures, entries.names)
    counts = classes_of(usable)
    refuse = refuse_labels if has_several else refuse_classes
    refuse(list(counts), list(counts.values()))
    counts = {name: counts[name] for name in in_chosen_order(list(counts), choices.classes)}
    shape = _shape_for(sizes, choices, _has_colours(entries, usable, choices))
    ordered = sorted(usable, key=lambda each: (PARTS.index(each.part), entries.names[each.index]))
    rule, proposed = rule_for(ordered, entries.names, choices)
    plan = PicturePlan(ordered, tuple(counts), shape, rule, has_several)
    understood.task = task_of(plan)
    understood.num_examples, understood.input_shape = len(usable), shape
    understood.class_names, understood.counts = tuple(counts), tuple(counts.values())
    understood.num_validation, understood.num_test = split_counts(usable).values()
    understood.group_name = rule
    understood.num_groups = len(set(names_of_groups(ordered, entries.names, rule))) if rule else 0
    understood.notes += [*_notes(sizes, shape, choices), *proposed]
    understood.remedies += () if has_several else remedies_for(understood.num_unlabelled, counts, choices)
    understood.left_out += single
    return understood, plan, sizes


def task_of(plan: PicturePlan) -> Task:
    return "multilabel" if plan.has_several else "classification"


def refuse_counts(plan: PicturePlan, counts: list[int]) -> None:
    """Raise :class:`BadData` when a class or label has too few of the pictures that could be decoded."""
    refuse = refuse_labels if plan.has_several else refuse_classes
    refuse(list(plan.class_names), counts)


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
        for pictures, pixels in _decoded(entries, plan.pictures, plan.shape, choices):
            file.append(pixels.readable)
            damaged += [LeftOut(entries.names[pictures[at].index], why) for at, why in pixels.damaged.items()]
            written += [picture for at, picture in enumerate(pictures) if at not in pixels.damaged]
            done = len(written) + len(damaged)
            progress = Message("{done:,} of {total:,} pictures", done=done, total=len(plan.pictures))
            report(done / len(plan.pictures), progress)
    targets = targets_of(written, plan.class_names, has_several=plan.has_several)
    return WrittenPictures(written, np.load(folder / "inputs.npy", mmap_mode="r"), targets, damaged)


def facts_of_pictures(plan: PicturePlan, pictures: Sequence[Labelled], name: str, title: str) -> DatasetFacts:
    """The facts of a dataset of the ``pictures`` that are left of the plan."""
    return DatasetFacts(
        name=name,
        title=title,
        task=task_of(plan),
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
    most = max(MOST_SAMPLES, min(MOST_CLASSES_SHOWN, len(plan.class_names)))
    taken, samples = Counter[str](), list[tuple[int, str, dict[str, Any]]]()
    for picture in plan.pictures:
        if taken[picture.label] == each or len(samples) == most:
            continue
        pixels = fitted(content_of(entries, picture.index), Fitting.of(plan.shape, choices))
        if not isinstance(pixels, Message):
            samples.append((taken[picture.label], picture.label, {"image": data_uri(pixels), "label": picture.label}))
            taken[picture.label] += 1
    return [sample for *_, sample in sorted(samples, key=lambda each: each[:2])]


def _spread(entries: Entries, plan: PicturePlan, choices: Choices) -> Iterator[np.ndarray]:
    """Some pictures from the first to the last, as they will be."""
    some = plan.pictures[:: max(1, len(plan.pictures) // OF_MEAN)]
    for _, pixels in _decoded(entries, some, plan.shape, choices):
        yield from pixels.readable


def _decoded(
    entries: Entries, pictures: list[Labelled], shape: tuple[int, int, int], choices: Choices
) -> Iterator[tuple[list[Labelled], Pixels]]:
    """Some pictures at a time, and what they became."""
    done = 0
    for pixels in pixels_of(entries, [each.index for each in pictures], Fitting.of(shape, choices)):
        yield pictures[done : done + len(pixels)], pixels
        done += len(pixels)


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
    if set(sizes) - {(width, height)}:
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

"""Which folders of pictures are classes and which are splits, by the names of the files alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from trainer.errors import BadData
from trainer.messages.message import NOTHING, Message

# What people call the parts, for which datasets have folders above those of the classes.
Part = Literal["train", "validation", "test"]
PARTS: tuple[Part, ...] = ("train", "validation", "test")  # in the order of a prepared dataset
SPLITS: dict[str, Part] = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "dev"), "validation"),
    **dict.fromkeys(("test", "testing"), "test"),
}
FLAT = Message("One folder for each class")
ENDINGS = (".png", ".jpg", ".jpeg", ".jfif", ".webp", ".bmp", ".gif", ".tif", ".tiff")


@dataclass(frozen=True, slots=True)
class Labelled:
    """One picture: its index among the entries, its class, and the data's own split that it is of.

    ``labels`` are all of its labels where pictures may have several; ``label`` then has them in one text.
    ``folder`` is the one inside that of its class, ``group`` the group that a table of labels gives; "" for none.
    """

    index: int
    label: str
    part: Part = "train"
    folder: str = ""
    group: str = ""
    labels: tuple[str, ...] | None = None

    @property
    def every_label(self) -> tuple[str, ...]:
        return (self.label,) if self.labels is None else self.labels


@dataclass(frozen=True)
class PictureLayout:
    """All pictures with their labels, and the layout in a sentence. ``note`` says why they may have several labels."""

    pictures: list[Labelled]
    sentence: Message
    note: Message = NOTHING

    @property
    def has_several(self) -> bool:
        return any(each.labels is not None for each in self.pictures)


def is_picture_name(name: str) -> bool:
    return name.lower().endswith(ENDINGS)


def layout_of(names: Sequence[str]) -> PictureLayout:
    """The classes of ``names``, those of other files ignored; folders around everything are looked through.

    Raises :class:`BadData` when no folder is that of a class.
    """
    indices = [index for index, name in enumerate(names) if is_picture_name(name)]
    paths = [names[index].split("/") for index in indices]
    depth = _shared_folders(paths)
    has_splits = _has_splits(paths, depth)
    outer = depth + has_splits
    found = []
    for index, parts in zip(indices, paths, strict=True):
        if len(parts) > outer + 1:
            part = SPLITS[parts[depth].lower()] if has_splits else "train"
            folder = parts[outer + 1] if len(parts) > outer + 2 else ""
            found.append(Labelled(index, parts[outer], part, folder))
    if not found:
        raise BadData(
            Message(
                "No picture is in the folder of a class. Put the pictures of each class into a folder with the name of "
                "the class, and pack these folders."
            )
        )
    return PictureLayout(with_training(found), _sentence({each.part for each in found}) if has_splits else FLAT)


def with_training(pictures: list[Labelled]) -> list[Labelled]:
    """The pictures as they are, or without their splits when none is for training."""
    if any(each.part == "train" for each in pictures):
        return pictures
    return [replace(each, part="train") for each in pictures]


def _sentence(parts: set[Part]) -> Message:
    if {"validation", "test"} <= parts:
        return Message("Folders of classes in folders for training, validation and test")
    if "validation" in parts:
        return Message("Folders of classes in folders for training and validation")
    if "test" in parts:
        return Message("Folders of classes in folders for training and test")
    return Message("Folders of classes in folders for training")


def classes_of(pictures: Sequence[Labelled]) -> dict[str, int]:
    """The classes in alphabetical order, with the number of their pictures."""
    return dict(sorted(Counter(name for each in pictures for name in each.every_label).items()))


def _has_splits(paths: list[list[str]], depth: int) -> bool:
    """Whether every folder at ``depth`` is that of a split, and at least one has classes."""
    folders = {parts[depth].lower() for parts in paths if len(parts) > depth + 1}
    return folders <= SPLITS.keys() and any(len(parts) > depth + 2 for parts in paths)


def _shared_folders(paths: list[list[str]]) -> int:
    """How many outer folders all files share; the innermost one may be that of the only class and then counts not."""
    depth = 0
    while (
        all(len(parts) > depth + 1 for parts in paths)
        and any(len(parts) > depth + 2 for parts in paths)
        and len({parts[depth] for parts in paths}) == 1
    ):
        if paths[0][depth].lower() in SPLITS:
            break
        depth += 1
    return depth

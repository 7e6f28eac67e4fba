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


@dataclass(frozen=True)
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
    paths = {index: name.split("/") for index, name in enumerate(names) if is_picture_name(name)}
    depth = _shared_folders(list(paths.values()))
    inner = {index: parts[depth:] for index, parts in paths.items()}
    has_splits = _has_splits([parts for parts in inner.values() if len(parts) > 1])
    found = []
    for index, parts in inner.items():
        folders = parts[1:-1] if has_splits else parts[:-1]
        if folders:
            part = SPLITS[parts[0].lower()] if has_splits else "train"
            found.append(Labelled(index, folders[0], part, folder="/".join(folders[1:2])))
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


def _has_splits(paths: list[list[str]]) -> bool:
    """Whether every folder is that of a split, and at least one has classes."""
    return all(parts[0].lower() in SPLITS for parts in paths) and any(len(parts) > 2 for parts in paths)


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

"""Which folders of pictures are classes and which are splits, by the names of the files alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from trainer.errors import BadData
from trainer.messages.message import Message

# What people call the parts, for which datasets have folders above those of the classes.
SPLITS = {
    **dict.fromkeys(("train", "training", "val", "valid", "validation", "dev"), "train"),
    **dict.fromkeys(("test", "testing"), "test"),
}
ENDINGS = (".png", ".jpg", ".jpeg", ".jfif", ".webp", ".bmp", ".gif", ".tif", ".tiff")


@dataclass(frozen=True)
class Labelled:
    """One picture: its index among the entries, its class, and whether it is of the data's own test split."""

    index: int
    label: str
    is_test: bool


@dataclass(frozen=True)
class PictureLayout:
    """All pictures with their labels, and the layout in a sentence."""

    pictures: list[Labelled]
    sentence: Message


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
            found.append(Labelled(index, folders[0], has_splits and SPLITS[parts[0].lower()] == "test"))
    if not found:
        raise BadData(
            Message(
                "No picture is in the folder of a class. Put the pictures of each class into a folder with the name of "
                "the class, and pack these folders."
            )
        )
    if has_splits and any(each.is_test for each in found):
        return PictureLayout(found, Message("Folders of classes in folders for training and test"))
    if has_splits:
        return PictureLayout(found, Message("Folders of classes in folders for training"))
    return PictureLayout(found, Message("One folder for each class"))


def classes_of(pictures: Sequence[Labelled]) -> dict[str, int]:
    """The classes in alphabetical order, with the number of their pictures."""
    return dict(sorted(Counter(each.label for each in pictures).items()))


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

"""Arrays of a team: ``x_train``, ``y_train``, ``x_val``, ``x_test`` …, or ``x``, ``y``. No pickles.

They are in a ``.npz``, or ``.npy`` files in a folder or an archive.
"""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

import numpy as np

from trainer.data.facts import DatasetFacts
from trainer.data.findings.classes import class_counts
from trainer.data.own.choices import Choices
from trainer.data.own.entries import Entries
from trainer.data.own.members.array_members import Member, joined_in_file, mapped_member, refuse_more_than_fits
from trainer.data.own.several_labels import refuse_labels
from trainer.data.own.understanding import Examples, Understanding, in_chosen_order, refuse_classes
from trainer.data.samples import samples_of
from trainer.errors import BadData
from trainer.messages.message import Message
from trainer.system.regular_files import open_regular

# Names that people give to inputs and targets, in pairs.
TRAINING = (
    ("x_train", "y_train"),
    ("x", "y"),
    ("inputs", "targets"),
    ("inputs_train", "targets_train"),
    ("train_inputs", "train_targets"),
)
VALIDATION = (("x_val", "y_val"), ("x_valid", "y_valid"))
TEST = (("x_test", "y_test"), ("inputs_test", "targets_test"), ("test_inputs", "test_targets"))
SEVERAL = Message("Examples may have several labels each: each column of y is one.")
ENDING = ".npy"
MOST_BYTES = 32 * 2**30
MOST_CLASSES_OF_NUMBERS = 1000


def read_arrays(path: Path, choices: Choices, name: str, title: str) -> tuple[Understanding, Examples]:
    """Read the arrays of the ``.npz`` at ``path``, mapped from the disk. Raises :class:`BadData`."""
    with open_regular(path) as file:
        return _read(_members(file, path.name), path.name, choices, {"name": name, "title": title})


def holds_arrays(entries: Entries) -> bool:
    """Whether there are files such as ``x.npy`` and ``y.npy``."""
    return bool(_pairs(_files(entries), TRAINING))


def read_array_files(
    entries: Entries, choices: Choices, file: str, name: str, title: str
) -> tuple[Understanding, Examples]:
    """Read the ``.npy`` files of the archive or folder ``file``, mapped from the disk. Raises :class:`BadData`."""
    return _read(_files(entries), file, choices, {"name": name, "title": title})


def _read(
    members: dict[str, Member], shown: str, choices: Choices, named: dict[str, Any]
) -> tuple[Understanding, Examples]:
    training, validation, test = (_pairs(members, names) for names in (TRAINING, VALIDATION, TEST))
    if not training:
        raise BadData(
            Message(
                "{file} has the arrays {names}; accepted: x_train and y_train, with x_val and y_val, x_test and "
                "y_test or without, or x and y. Save it with these names.",
                file=shown,
                names=", ".join(members) or "–",
            )
        )
    with tempfile.TemporaryDirectory(prefix="trainyard-arrays-") as folder:
        parts = _mapped([*training, *validation, *test], Path(folder))
        inputs = _inputs([inputs for inputs, _ in parts], Path(folder))
    sizes = [len(inputs) for inputs, _ in parts]
    first_of_test = len(training) + len(validation)
    held_out: dict[str, Any] = {
        "num_validation": sum(sizes[len(training) : first_of_test]),
        "num_test": sum(sizes[first_of_test:]),
    }
    facts, targets = described(inputs, checked_targets(parts, choices), choices, named | held_out)
    understood = understood_arrays(Message("Arrays of inputs and targets"), "arrays", inputs, targets, facts)
    return understood, Examples(inputs, targets, facts)


def understood_arrays(
    layout: Message, source: str, inputs: np.ndarray, targets: np.ndarray, facts: DatasetFacts
) -> Understanding:
    """What is said of arrays that are described by ``facts``."""
    return Understanding(
        layout,
        source=source,
        kind=facts.kind,
        task=facts.task,
        num_examples=facts.num_examples,
        input_shape=facts.input_shape,
        class_names=facts.class_names,
        counts=tuple(class_counts(targets, facts).tolist()) if facts.class_names else (),
        num_validation=facts.num_validation,
        num_test=facts.num_test,
        feature_names=facts.feature_names,
        target_name=facts.target_name,
        samples=samples_of(inputs, targets, facts),
        notes=[SEVERAL] if facts.task == "multilabel" else [],
    )


def _members(file: BinaryIO, shown: str) -> dict[str, Member]:
    """The members of the ``.npz`` by the names of their arrays, in lower case."""
    try:
        archive = zipfile.ZipFile(file)
        infos = archive.infolist()
    except zipfile.BadZipFile as error:
        damage = Message("{file} cannot be read as arrays ({error}). Save it again.", file=shown, error=str(error))
        raise BadData(damage) from None
    if sum(info.file_size for info in infos) > MOST_BYTES:
        raise BadData(Message("{file} has more than {most} GiB. Split it up.", file=shown, most=MOST_BYTES // 2**30))
    members = [Member(info.filename, info.file_size, partial(archive.open, info)) for info in infos]
    return {each.name.removesuffix(ENDING).lower(): each for each in members}


def _files(entries: Entries) -> dict[str, Member]:
    """The ``.npy`` files by their own names, in lower case, whatever folder they are in."""
    found = {}
    for index, (name, size) in enumerate(zip(entries.names, entries.sizes, strict=True)):
        if name.lower().endswith(ENDING):
            found[PurePosixPath(name).stem.lower()] = Member(name, size, partial(entries.open, index))
    return found


def _pairs(members: dict[str, Member], names: tuple[tuple[str, str], ...]) -> list[tuple[Member, Member]]:
    return [(members[x], members[y]) for x, y in names if x in members and y in members]


def _mapped(pairs: list[tuple[Member, Member]], folder: Path) -> list[tuple[np.ndarray, np.ndarray]]:
    refuse_more_than_fits(sum(x.size + y.size for x, y in pairs), folder)
    return [
        (mapped_member(x, folder / f"{number}-x.npy"), mapped_member(y, folder / f"{number}-y.npy"))
        for number, (x, y) in enumerate(pairs)
    ]


def _inputs(parts: list[np.ndarray], folder: Path) -> np.ndarray:
    parts, dtype = checked_inputs(parts)
    are_pixels = dtype == np.uint8
    if are_pixels and len(parts) == 1:
        return parts[0]
    return joined_in_file(parts, dtype, folder / "inputs.npy")


def checked_inputs(parts: list[np.ndarray]) -> tuple[list[np.ndarray], type[np.uint8 | np.float32]]:
    """The parts as (examples, columns) or (examples, height, width, channels), and the type in which they are stored.

    Their values are not looked at. Raises :class:`BadData` for other shapes, and for what are no numbers.
    """
    shapes = {part.shape[1:] for part in parts}
    if len(shapes) > 1:
        found = " and ".join(map(str, sorted(shapes)))
        raise BadData(Message("The inputs have examples of the shapes {shapes}; accepted: one shape.", shapes=found))
    dtype = np.result_type(*parts)
    if dtype.kind not in "buif":
        raise BadData(Message("The inputs are of type {dtype}; accepted: numbers.", dtype=str(dtype)))
    if parts[0].ndim == 3:
        parts = [part[..., np.newaxis] for part in parts]
    shape = (sum(map(len, parts)), *parts[0].shape[1:])
    if len(shape) not in {2, 4} or (len(shape) == 4 and shape[-1] not in {1, 3}):
        raise BadData(
            Message(
                "The inputs have the shape {shape}; accepted: (examples, columns) for a table, or (examples, height, "
                "width, channels) with 1 or 3 channels for pictures.",
                shape=str(shape),
            )
        )
    if not shape[0]:
        raise BadData(Message("There are no examples. Save arrays with at least one row."))
    return parts, np.uint8 if dtype == np.uint8 and len(shape) == 4 else np.float32


def checked_targets(parts: list[tuple[np.ndarray, np.ndarray]], choices: Choices) -> np.ndarray:
    """The targets of all parts of inputs and targets: (examples,), or of several labels (examples, labels) of 0 and 1.

    One-hot rows become class numbers. Raises :class:`BadData` unless there is one target for each input.
    """
    for inputs, targets in parts:
        if len(inputs) != len(targets):
            raise BadData(
                Message(
                    "There are {inputs:,} inputs and {targets:,} targets; accepted: one target for each input.",
                    inputs=len(inputs),
                    targets=len(targets),
                )
            )
    targets = np.concatenate([targets for _, targets in parts])
    if targets.ndim == 2 and targets.shape[1] == 1:
        targets = targets[:, 0]
    are_labels = targets.ndim == 2 and targets.shape[1] > 1 and bool(np.isin(targets, (0, 1)).all())
    if are_labels and choices.task != "multilabel" and (targets.sum(axis=1) == 1).all():
        return targets.argmax(axis=1)
    if choices.task in {"auto", "multilabel"} and are_labels:
        return targets
    if targets.ndim != 1 or choices.task == "multilabel":
        raise BadData(
            Message(
                "The targets have the shape {shape}; accepted: one value for each input, or of several labels "
                "(examples, labels) of 0 and 1.",
                shape=str(targets.shape),
            )
        )
    return targets


def described(
    inputs: np.ndarray,
    targets: np.ndarray,
    choices: Choices,
    named: dict[str, Any],
    names_of_numbers: Sequence[str] = (),
    *,
    is_sample: bool = False,
) -> tuple[DatasetFacts, np.ndarray]:
    """The facts of arrays, with ``named`` among them, and the targets as they are stored.

    ``names_of_numbers`` are the classes 0, 1, …; without it, what the targets are names the classes. Of a sample a
    class may have any number of examples. Raises :class:`BadData`.
    """
    facts = named | {"num_examples": len(inputs), "input_shape": inputs.shape[1:]}
    if inputs.ndim == 4:
        low, high = (0.0, 255.0) if inputs.max() > 1 else (min(0.0, float(inputs.min())), 1.0)
        facts |= {"kind": "image", "value_range": (low, high)}
    else:
        facts |= {"kind": "table", "feature_names": tuple(f"x{number + 1}" for number in range(inputs.shape[1]))}
    if targets.ndim == 2:
        return _with_labels(targets, choices, facts)
    values, numbers = np.unique(targets, return_inverse=True)
    if not _are_classes(targets, len(values), choices):
        with np.errstate(over="ignore"):
            as_numbers = targets.astype(np.float32) if targets.dtype.kind in "buif" else np.array([np.nan])
        if not np.isfinite(as_numbers).all():
            raise BadData(Message("The targets are no finite numbers; choose classification, or mend them."))
        facts_of_numbers = DatasetFacts.model_validate(facts | {"task": "regression", "target_name": "y"})
        return facts_of_numbers, as_numbers
    guessed = [names_of_numbers[value] if names_of_numbers else str(value) for value in values]
    if not is_sample:
        refuse_classes(guessed, np.bincount(numbers).tolist())
    names = in_chosen_order(guessed, choices.classes)
    facts_of_classes = DatasetFacts.model_validate(
        facts | {"task": "classification", "target_name": "y", "class_names": tuple(names)}
    )
    place = {name: number for number, name in enumerate(names)}
    return facts_of_classes, np.array([place[name] for name in guessed], np.int32)[numbers]


def _with_labels(targets: np.ndarray, choices: Choices, facts: dict[str, Any]) -> tuple[DatasetFacts, np.ndarray]:
    """The columns of ``targets`` in the chosen order; a label is named by the number of its column."""
    guessed = [str(number) for number in range(targets.shape[1])]
    refuse_labels(guessed, targets.sum(axis=0).tolist())
    names = in_chosen_order(guessed, choices.classes)
    facts_of_labels = DatasetFacts.model_validate(
        facts | {"task": "multilabel", "target_name": "y", "class_names": tuple(names)}
    )
    return facts_of_labels, targets[:, [int(name) for name in names]].astype(np.float32)


def _are_classes(targets: np.ndarray, num_values: int, choices: Choices) -> bool:
    if choices.task != "auto":
        return choices.task == "classification"
    return targets.dtype.kind in "bUSiu" and num_values <= MOST_CLASSES_OF_NUMBERS

"""Arrays of a team: ``x_train``, ``y_train``, ``x_val``, ``x_test`` …, or ``x``, ``y``. No pickles.

They are in a ``.npz``, or ``.npy`` files in a folder or an archive.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, Any, BinaryIO

import numpy as np

from trainer.data.facts import DatasetFacts
from trainer.data.findings.classes import class_counts
from trainer.data.own.choices import Choices
from trainer.data.own.entries import DAMAGE, Entries
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


@dataclass(frozen=True)
class Member:
    """A ``.npy`` file that is a member of something: its name there, and its size in bytes as far as known."""

    name: str
    size: int
    open: Callable[[], IO[bytes]]


def read_arrays(path: Path, choices: Choices, name: str, title: str) -> tuple[Understanding, Examples]:
    """Read the arrays of the ``.npz`` at ``path``. Raises :class:`BadData` when they are not what is expected."""
    with open_regular(path) as file:
        return _read(_members(file, path.name), path.name, choices, {"name": name, "title": title})


def holds_arrays(entries: Entries) -> bool:
    """Whether there are files such as ``x.npy`` and ``y.npy``."""
    return bool(_pairs(_files(entries), TRAINING))


def read_array_files(
    entries: Entries, choices: Choices, file: str, name: str, title: str
) -> tuple[Understanding, Examples]:
    """Read the ``.npy`` files of the archive or folder ``file``. Raises :class:`BadData`."""
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
    parts = [(_array(x), _array(y)) for x, y in (*training, *validation, *test)]
    sizes = [len(inputs) for inputs, _ in parts]
    first_of_test = len(training) + len(validation)
    held_out: dict[str, Any] = {
        "num_validation": sum(sizes[len(training) : first_of_test]),
        "num_test": sum(sizes[first_of_test:]),
    }
    inputs = _inputs([inputs for inputs, _ in parts])
    facts, targets = _described(inputs, _targets(parts, choices), choices, named | held_out)
    understood = Understanding(
        Message("Arrays of inputs and targets"),
        source="arrays",
        kind=facts.kind,
        task=facts.task,
        num_examples=facts.num_examples,
        input_shape=facts.input_shape,
        class_names=facts.class_names,
        counts=tuple(class_counts(targets, facts).tolist()) if facts.class_names else (),
        **held_out,
        feature_names=facts.feature_names,
        target_name=facts.target_name,
        samples=samples_of(inputs, targets, facts),
        notes=[SEVERAL] if facts.task == "multilabel" else [],
    )
    return understood, Examples(inputs, targets, facts)


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


def _array(member: Member) -> np.ndarray:
    """One array; its header is read first, so that a shape that was made up takes no memory."""
    try:
        with member.open() as content:
            _refuse_made_up(content, member.name, member.size)
        with member.open() as content:
            return np.lib.format.read_array(content, allow_pickle=False)
    except DAMAGE as error:
        raise BadData(Message("{array} is no array ({error}).", array=member.name, error=str(error)[:200])) from None


def _refuse_made_up(content: IO[bytes], member: str, size: int) -> None:
    """Raise :class:`BadData` when the header names Python objects or more than the ``size`` bytes of the member."""
    version = np.lib.format.read_magic(content)
    read_header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read_header(content)
    if dtype.hasobject:
        reason = Message("{array} holds Python objects, which are not opened. Save numbers or texts.", array=member)
        raise BadData(reason)
    if int(np.prod(shape, dtype=np.float64)) * dtype.itemsize > size:
        raise BadData(Message("{array} is shorter than its shape {shape} says.", array=member, shape=str(shape)))


def _inputs(parts: list[np.ndarray]) -> np.ndarray:
    shapes = {part.shape[1:] for part in parts}
    if len(shapes) > 1:
        found = " and ".join(map(str, sorted(shapes)))
        raise BadData(Message("The inputs have examples of the shapes {shapes}; accepted: one shape.", shapes=found))
    inputs = np.concatenate(parts)
    if inputs.dtype.kind not in "buif":
        raise BadData(Message("The inputs are of type {dtype}; accepted: numbers.", dtype=str(inputs.dtype)))
    if inputs.ndim == 3:
        inputs = inputs[..., np.newaxis]
    if inputs.ndim not in {2, 4} or (inputs.ndim == 4 and inputs.shape[-1] not in {1, 3}):
        raise BadData(
            Message(
                "The inputs have the shape {shape}; accepted: (examples, columns) for a table, or (examples, height, "
                "width, channels) with 1 or 3 channels for pictures.",
                shape=str(inputs.shape),
            )
        )
    if not len(inputs):
        raise BadData(Message("There are no examples. Save arrays with at least one row."))
    if inputs.dtype == np.uint8 and inputs.ndim == 4:
        return inputs
    with np.errstate(over="ignore"):  # a number beyond float32 becomes infinite
        inputs = inputs.astype(np.float32)
    if not np.isfinite(inputs).all():
        raise BadData(Message("The inputs have values that are NaN or infinite. Replace or remove them."))
    return inputs


def _targets(parts: list[tuple[np.ndarray, np.ndarray]], choices: Choices) -> np.ndarray:
    """(examples,), or of several labels (examples, labels) of 0 and 1."""
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


def _described(
    inputs: np.ndarray, targets: np.ndarray, choices: Choices, named: dict[str, Any]
) -> tuple[DatasetFacts, np.ndarray]:
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
        described = DatasetFacts.model_validate(facts | {"task": "regression", "target_name": "y"})
        return described, as_numbers
    guessed = [str(value) for value in values]
    refuse_classes(guessed, np.bincount(numbers).tolist())
    names = in_chosen_order(guessed, choices.classes)
    described = DatasetFacts.model_validate(
        facts | {"task": "classification", "target_name": "y", "class_names": tuple(names)}
    )
    place = {name: number for number, name in enumerate(names)}
    return described, np.array([place[name] for name in guessed], np.int32)[numbers]


def _with_labels(targets: np.ndarray, choices: Choices, facts: dict[str, Any]) -> tuple[DatasetFacts, np.ndarray]:
    """The columns of ``targets`` in the chosen order; a label is named by the number of its column."""
    guessed = [str(number) for number in range(targets.shape[1])]
    refuse_labels(guessed, targets.sum(axis=0).tolist())
    names = in_chosen_order(guessed, choices.classes)
    described = DatasetFacts.model_validate(
        facts | {"task": "multilabel", "target_name": "y", "class_names": tuple(names)}
    )
    return described, targets[:, [int(name) for name in names]].astype(np.float32)


def _are_classes(targets: np.ndarray, num_values: int, choices: Choices) -> bool:
    if choices.task != "auto":
        return choices.task == "classification"
    return targets.dtype.kind in "bUSiu" and num_values <= MOST_CLASSES_OF_NUMBERS

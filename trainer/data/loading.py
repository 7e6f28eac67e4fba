"""Opening a prepared dataset: its arrays are mapped from the disk, not copied into memory."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np

from trainer.data.facts import DatasetFacts
from trainer.data.fingerprints import fingerprints_of
from trainer.data.prepared import (
    GROUPS_FILE,
    INPUTS_FILE,
    TARGETS_FILE,
    TIMES_FILE,
    Mend,
    Prepared,
    PreparedDamaged,
    Target,
    read_prepared,
    verify,
)
from trainer.messages.message import Message


@dataclass(frozen=True)
class Data:
    """A dataset that can be read.

    ``inputs``: raw values, (examples, height, width, channels) uint8 or float32 for images, (examples, columns)
    float32 for tables. ``targets``: int32 class numbers or float32 values, (examples,); of several labels an example
    float32 (examples, classes), 1 where an example has the label and 0 elsewhere. ``content_hash`` is a SHA-256.
    ``groups``: int64 (examples,), the same number for examples that belong together, made from the group's own name by
    :func:`trainer.data.fingerprints.fingerprint_of_text`. ``times``: float64 (examples,), larger for later ones; those
    of dates are seconds since 1970. ``mends`` and ``mended_from`` are those of :class:`trainer.data.prepared.Prepared`.
    """

    facts: DatasetFacts
    inputs: np.ndarray
    targets: np.ndarray
    content_hash: str
    groups: np.ndarray | None = None
    times: np.ndarray | None = None
    mends: tuple[Mend, ...] = ()
    mended_from: tuple[str, ...] = ()

    @cached_property
    def fingerprints(self) -> np.ndarray:
        """A number for the content of each example, uint64 (examples,): see :func:`fingerprints_of`."""
        return fingerprints_of(self.inputs, self.facts)

    @property
    def left_out(self) -> np.ndarray:
        """Sorted indices of the examples that people left out: they are in no part. int64."""
        return np.array([mend.index for mend in self.mends if mend.now is None], np.int64)

    @property
    def kept(self) -> np.ndarray:
        """Sorted indices of all others. int64."""
        return np.setdiff1d(np.arange(len(self.targets)), self.left_out, assume_unique=True)

    @property
    def first_targets(self) -> np.ndarray:
        """The targets as they were before anybody mended them."""
        targets = np.array(self.targets)
        for mend in self.mends:
            put_target(targets, mend.index, mend.was)
        return targets

    @property
    def part_numbers(self) -> np.ndarray:
        """The dataset's own part of each example: 0 training, 1 validation, 2 test; int8 (examples,)."""
        held_out = (self.facts.num_validation, self.facts.num_test)
        return np.repeat(np.arange(3, dtype=np.int8), (len(self.targets) - sum(held_out), *held_out))


def load(folder: Path, mode: Literal["c", "r"] = "c") -> Data:
    """Open the prepared dataset in ``folder`` after every byte was compared with what is on record.

    Its arrays are mapped copy-on-write, which engines accept without a copy, or with ``mode`` "r" read-only, which
    does not count against a limit of the memory. Raises :class:`PreparedDamaged`.
    """
    return _opened(folder, verify(folder), mode)


def glance(folder: Path) -> Data:
    """Open it to show some of it: its bytes are not compared, which would read all of them.

    Raises :class:`PreparedDamaged` for what cannot be read.
    """
    return _opened(folder, read_prepared(folder), "r")


def _opened(folder: Path, prepared: Prepared, mode: Literal["c", "r"]) -> Data:
    facts = prepared.facts
    target_type = np.int32 if facts.task == "classification" else np.float32
    inputs = _mapped(folder / INPUTS_FILE, mode, (np.uint8, np.float32))
    targets = _mapped(folder / TARGETS_FILE, mode, (target_type,))
    groups = _mapped(folder / GROUPS_FILE, mode, (np.int64,)) if facts.group_name else None
    times = _mapped(folder / TIMES_FILE, mode, (np.float64,)) if facts.time_name else None
    _check_shapes(facts, inputs, targets, [each for each in (groups, times) if each is not None])
    history = prepared.mends, prepared.mended_from
    return Data(facts, inputs, targets, prepared.content_hash, groups, times, *history)


def put_target(targets: np.ndarray, index: int, target: Target) -> None:
    """Set the target of the example ``index`` to what a :class:`Mend` has of it."""
    if isinstance(target, tuple):
        targets[index] = 0
        targets[index, np.array(target, np.int64)] = 1
    else:
        targets[index] = target


def _check_shapes(facts: DatasetFacts, inputs: np.ndarray, targets: np.ndarray, others: list[np.ndarray]) -> None:
    """``others`` have one value for each example."""
    alone = (facts.num_examples,)
    expected = (*alone, facts.num_classes) if facts.task == "multilabel" else alone
    different = next((each for each in others if each.shape != alone), targets)
    if inputs.shape == (facts.num_examples, *facts.input_shape) and different is targets and targets.shape == expected:
        return
    raise PreparedDamaged(
        Message(
            "{title} has inputs of shape {inputs} and targets of shape {targets}, where its facts say "
            "{expected:,} examples of shape {shape}. Prepare the dataset again.",
            title=facts.shown_title,
            inputs=str(inputs.shape),
            targets=str(different.shape),
            expected=facts.num_examples,
            shape=str(facts.input_shape),
        )
    )


def _mapped(path: Path, mode: Literal["c", "r"], types: tuple[type, ...]) -> np.ndarray:
    """The array in the file; nothing writes to it."""
    try:
        array = np.load(path, mmap_mode=mode, allow_pickle=False)
    except (ValueError, OSError) as error:
        damage = Message("{file} of a prepared dataset is not an array ({error}).", file=path.name, error=str(error))
        raise PreparedDamaged(damage) from None
    if array.dtype not in types:
        raise PreparedDamaged(_wrong_type(path.name, str(array.dtype), [kind.__name__ for kind in types]))
    return array.view(np.ndarray)


def _wrong_type(file: str, found: str, accepted: list[str]) -> Message:
    expected, *others = accepted
    if not others:
        return Message(
            "{file} of a prepared dataset has values of type {found}, not {expected}.",
            file=file,
            found=found,
            expected=expected,
        )
    return Message(
        "{file} of a prepared dataset has values of type {found}, not {expected} or {other}.",
        file=file,
        found=found,
        expected=expected,
        other=others[0],
    )

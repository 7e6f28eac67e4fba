"""Opening a prepared dataset: its arrays are mapped from the disk, not copied into memory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from trainer.data.facts import DatasetFacts
from trainer.data.prepared import INPUTS_FILE, TARGETS_FILE, PreparedDamaged, verify
from trainer.messages.message import Message

Mode = Literal["r", "c"]


@dataclass(frozen=True)
class Data:
    """A dataset that can be read.

    ``inputs``: raw values, (examples, height, width, channels) uint8 or float32 for images, (examples, columns)
    float32 for tables. ``targets``: int32 class numbers or float32 values, (examples,). ``content_hash`` is a SHA-256.
    """

    facts: DatasetFacts
    inputs: np.ndarray
    targets: np.ndarray
    content_hash: str

    @property
    def official_test_start(self) -> int | None:
        """The index at which the dataset's own test split starts, if it has one; it extends to the end."""
        return len(self.targets) - self.facts.num_test if self.facts.num_test else None


def load(folder: Path, *, read_only: bool = False) -> Data:
    """Open the prepared dataset in ``folder`` after every byte was compared with what is on record.

    Where memory is limited it must be ``read_only``: what is mapped copy-on-write counts as if it were written.
    Raises :class:`PreparedDamaged`.
    """
    prepared = verify(folder)
    facts = prepared.facts
    target_type = np.int32 if facts.task == "classification" else np.float32
    mode: Mode = "r" if read_only else "c"
    inputs = _mapped(folder / INPUTS_FILE, (np.uint8, np.float32), mode)
    targets = _mapped(folder / TARGETS_FILE, (target_type,), mode)
    if inputs.shape != (facts.num_examples, *facts.input_shape) or targets.shape != (facts.num_examples,):
        raise PreparedDamaged(
            Message(
                "{title} has inputs of shape {inputs} and targets of shape {targets}, where its facts say "
                "{expected:,} examples of shape {shape}. Prepare the dataset again.",
                title=facts.shown_title,
                inputs=str(inputs.shape),
                targets=str(targets.shape),
                expected=facts.num_examples,
                shape=str(facts.input_shape),
            )
        )
    return Data(facts, inputs, targets, prepared.content_hash)


def _mapped(path: Path, types: tuple[type, ...], mode: Mode) -> np.ndarray:
    """The array in the file. Mapped copy-on-write, engines accept it without a copy; nothing writes to it."""
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

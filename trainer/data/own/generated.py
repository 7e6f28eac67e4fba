"""A dataset in Python: its batches are written one after the other, so that memory holds one of them at a time."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from trainer.data.facts import DatasetFacts
from trainer.data.own.array_file import ArrayFile
from trainer.data.own.arrays import checked_inputs, checked_targets, described, understood_arrays
from trainer.data.own.choices import Choices
from trainer.data.own.picture_layout import PARTS
from trainer.data.own.understanding import Understanding
from trainer.data.preparing import DRAFT, write_prepared
from trainer.data.source import Report
from trainer.errors import BadData, message_of
from trainer.messages.message import Message
from trainer.plugins.facts import PluginFacts
from trainer.plugins.loading import Plugin, located
from trainer.plugins.parameters import checked
from trainer.system.time_limit import TookTooLong, time_limit

# Batches are read one by one, so that what looks like one class in each would be several labels in another.
ONE_EACH = Choices(task="classification")
# Other names of parts.
ALSO = {"training": "train", "val": "validation", "valid": "validation"}
# A preview ends after so many examples or bytes of inputs.
MOST_SAMPLED, MOST_SAMPLED_BYTES = 20_000, 2**28
PREVIEW_SECONDS = 300
BYTES_AT_A_TIME = 2**26
REPORT_SECONDS = 1.0


@dataclass(frozen=True)
class Generated:
    """Arrays with all parts in order, the inputs mapped from the disk, and how many examples each part has."""

    inputs: np.ndarray
    targets: np.ndarray
    sizes: Mapping[str, int]
    is_sample: bool


def understand_generated(plugin: Plugin, choices: Choices) -> Understanding:
    """What the function makes with the chosen parameters: of a large dataset, of its first examples.

    Raises :class:`trainer.errors.SpecError` for wrong parameters, and :class:`BadData`.
    """
    with tempfile.TemporaryDirectory() as folder:
        try:
            with time_limit(PREVIEW_SECONDS):
                made = _generate(plugin, choices, Path(folder), lambda *_: None, is_sample=True)
        except TookTooLong as error:
            raise BadData(
                Message(
                    "{name} made no preview within {seconds} s. Yield smaller batches, or have it make less.",
                    name=plugin.facts.name,
                    seconds=PREVIEW_SECONDS,
                )
            ) from error
        return _described(plugin, choices, "own", made)[0]


def prepare_generated(
    plugin: Plugin, choices: Choices, name: str, datasets: Path, report: Report, *, drafts: Path | None = None
) -> tuple[Path, Understanding]:
    """Prepare what the function makes below ``datasets``; returns the folder and what was understood.

    Drafts are written in ``drafts`` on the same disk, without it in ``datasets``.

    The folder is named by its content, so the same arrays give the same folder. Raises what
    :func:`understand_generated` does.
    """
    with tempfile.TemporaryDirectory(dir=drafts or datasets, prefix=DRAFT) as folder:
        made = _generate(plugin, choices, Path(folder), report, is_sample=False)
        understood, facts, targets = _described(plugin, choices, name, made)
        return write_prepared(facts, made.inputs, targets, datasets, drafts=drafts), understood


def _generate(plugin: Plugin, choices: Choices, folder: Path, report: Report, *, is_sample: bool) -> Generated:
    values = checked(plugin.facts.parameters, choices.parameters)
    parts, was_cut, reported = _Parts(folder), False, time.monotonic()
    with parts:
        for batch in _batches(plugin, values):
            parts.add(batch)
            if is_sample and (parts.num_examples >= MOST_SAMPLED or parts.num_bytes >= MOST_SAMPLED_BYTES):
                was_cut = True
                break
            if time.monotonic() > reported + REPORT_SECONDS:
                reported = time.monotonic()
                report(0.0, Message("{count:,} examples made", count=parts.num_examples))
    return parts.joined(is_sample=was_cut)


def _batches(plugin: Plugin, values: dict[str, Any]) -> Iterator[object]:
    """What the function yields or returns. What its code raises becomes :class:`BadData` with file and line."""
    random.seed(0)  # the same parameters give the same data, also by the generators that everything shares
    np.random.seed(0)
    try:
        made = plugin.function(**values)
        if isinstance(made, Iterator):
            yield from made
        else:
            yield made
    except (Exception, SystemExit) as error:
        raise located(error, plugin.folder) from error


class _Parts:
    """The batches of each part, the inputs in a file each."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.num_examples = self.num_bytes = self.num_batches = 0
        self._files: dict[str, ArrayFile] = {}
        self._targets: dict[str, list[np.ndarray]] = {}
        self._open = ExitStack()

    def __enter__(self) -> None:
        self._open.__enter__()

    def __exit__(self, *error: Any) -> None:
        self._open.__exit__(*error)

    def add(self, batch: object) -> None:
        """Store what was yielded; raises :class:`BadData` that says which batch is wrong."""
        self.num_batches += 1
        try:
            for part, pair in _pairs(batch).items():
                self._add(part, *_arrays(pair))
        except BadData as error:
            raise BadData(
                Message("Batch {number}: {problem}", number=self.num_batches, problem=message_of(error))
            ) from error

    def _add(self, part: str, inputs: np.ndarray, targets: np.ndarray) -> None:
        if not len(inputs) and not len(targets):
            return
        inputs = _stored(inputs)
        targets = checked_targets([(inputs, targets)], ONE_EACH)
        self._refuse_other(inputs, targets)
        if part not in self._files:
            file = ArrayFile(self.folder / f"{part}.npy", inputs.shape[1:], inputs.dtype.type)
            self._files[part] = self._open.enter_context(file)
        self._files[part].append(inputs)
        self._targets.setdefault(part, []).append(targets)
        self.num_examples += len(inputs)
        self.num_bytes += inputs.nbytes

    def _refuse_other(self, inputs: np.ndarray, targets: np.ndarray) -> None:
        """Raise :class:`BadData` for a batch that is of another kind than the first one."""
        if not self._files:
            return
        first, first_targets = next(iter(self._files.values())), next(iter(self._targets.values()))[0]
        found = f"{inputs.shape[1:]} {inputs.dtype}, {_kind(targets)}"
        expected = f"{first.shape} {first.dtype}, {_kind(first_targets)}"
        if found != expected:
            raise BadData(
                Message(
                    "An example is {found}, in the first batch {expected}; accepted: batches of one shape and type.",
                    found=found,
                    expected=expected,
                )
            )

    def joined(self, *, is_sample: bool) -> Generated:
        """All parts one after the other, after their files were closed. Raises :class:`BadData` if there are none."""
        sizes: dict[str, int] = {part: self._files[part].num_rows if part in self._files else 0 for part in PARTS}
        if not self.num_examples:
            raise BadData(Message("There are no examples: the function yields or returns none."))
        if not sizes["train"] and not is_sample:
            raise BadData(Message("There are no examples to train on. Yield some without a name, or as “train”."))
        there = [part for part in PARTS if sizes[part]]
        targets = np.concatenate([each for part in there for each in self._targets[part]])
        return Generated(self._joined_inputs(there), targets, sizes, is_sample)

    def _joined_inputs(self, there: Sequence[str]) -> np.ndarray:
        if len(there) == 1:
            return np.load(self._files[there[0]].path, mmap_mode="r").view(np.ndarray)
        first = self._files[there[0]]
        joined = self.folder / "joined.npy"
        with ArrayFile(joined, first.shape, first.dtype.type) as file:
            for part in there:
                path = self._files[part].path
                rows = np.load(path, mmap_mode="r")
                step = max(1, BYTES_AT_A_TIME // max(1, rows[0].nbytes))
                for start in range(0, len(rows), step):
                    file.append(rows[start : start + step])
                path.unlink()
        return np.load(joined, mmap_mode="r").view(np.ndarray)


def _stored(inputs: np.ndarray) -> np.ndarray:
    """The inputs of a batch as they are stored; raises :class:`BadData` for what is no finite number."""
    (inputs,), dtype = checked_inputs([inputs])
    with np.errstate(over="ignore"):  # a number beyond float32 becomes infinite
        inputs = inputs.astype(dtype, copy=False)
    if not np.isfinite(inputs).all():
        raise BadData(Message("The inputs have values that are NaN or infinite. Replace or remove them."))
    return inputs


def _kind(targets: np.ndarray) -> str:
    return {"b": "bool", "i": "int", "u": "int", "f": "float"}.get(targets.dtype.kind, "text")


def _pairs(batch: object) -> dict[str, Any]:
    """The pairs of a batch by their parts: a pair alone is for training."""
    if isinstance(batch, tuple | list) and len(batch) == 2:
        return {"train": batch}
    if isinstance(batch, dict) and batch:
        pairs = {ALSO.get(str(part), str(part)): pair for part, pair in batch.items()}
        if pairs.keys() <= set(PARTS) and all(isinstance(p, tuple | list) and len(p) == 2 for p in pairs.values()):
            return pairs
    given = f"dict: {', '.join(map(str, batch))}" if isinstance(batch, dict) else type(batch).__name__
    raise BadData(
        Message(
            "{given} given; accepted: (inputs, targets), or a dictionary of such pairs with the keys train, validation "
            "and test.",
            given=given[:200],
        )
    )


def _arrays(pair: Any) -> tuple[np.ndarray, np.ndarray]:
    try:
        inputs, targets = (np.asarray(each) for each in pair)
    except (ValueError, TypeError) as error:
        raise BadData(Message("It cannot be made into arrays: {problem}", problem=str(error)[:200])) from error
    for each in (inputs, targets):
        if not each.ndim:
            raise BadData(Message("One value given; accepted: arrays with a row for each example."))
    return inputs, targets


def _described(
    plugin: Plugin, choices: Choices, name: str, made: Generated
) -> tuple[Understanding, DatasetFacts, np.ndarray]:
    declared, sizes = plugin.facts, made.sizes
    named: dict[str, Any] = {"name": name, "title": choices.title or declared.title, "target_name": declared.target}
    named |= {"description": declared.description, "source": _call(declared, choices)}
    held_out = {"num_validation": sizes["validation"], "num_test": sizes["test"]}
    if not made.is_sample:  # whose parts may be of any size
        named |= held_out
    task = choices.task if choices.task != "auto" else declared.task
    asked = Choices(task=task, classes=choices.classes or declared.classes)
    numbers = _names_of_numbers(declared, task, made.targets)
    facts, targets = described(made.inputs, made.targets, asked, named, numbers, is_sample=made.is_sample)
    facts = facts.model_copy(update={"target_name": declared.target, "feature_names": _columns(declared, facts)})
    layout = Message("Made by {plugin}", plugin=declared.name)
    understood = understood_arrays(layout, "python", made.inputs, targets, facts)
    understood.num_validation, understood.num_test = held_out["num_validation"], held_out["num_test"]
    if made.is_sample:
        note = Message("The preview has the first {count:,} examples; the dataset has all.", count=len(targets))
        understood.notes.append(note)
    return understood, facts, targets


def _call(declared: PluginFacts, choices: Choices) -> str:
    """How the data can be made again: ``moons.py:moons(num_examples=1000, noise=0.1)``."""
    values = checked(declared.parameters, choices.parameters)
    return f"{declared.name}({', '.join(f'{name}={value!r}' for name, value in values.items())})"[:1000]


def _names_of_numbers(declared: PluginFacts, task: str, targets: np.ndarray) -> tuple[str, ...]:
    """The declared classes if the targets are their numbers; raises :class:`BadData` for targets that are none."""
    if not declared.classes or task == "regression":
        return ()
    classes = ", ".join(declared.classes)[:500]
    if targets.dtype.kind not in "iu":
        unknown = sorted(set(map(str, np.unique(targets).tolist())) - set(declared.classes))
        if unknown:
            raise BadData(
                Message("The target {given} is no class; declared are: {classes}.", given=unknown[0], classes=classes)
            )
        return ()
    low, high = int(targets.min()), int(targets.max())
    if low < 0 or high >= len(declared.classes):
        raise BadData(
            Message(
                "There are targets from {low} to {high}; accepted: the numbers of the classes, 0 to {last}: {classes}.",
                low=low,
                high=high,
                last=len(declared.classes) - 1,
                classes=classes,
            )
        )
    return declared.classes


def _columns(declared: PluginFacts, facts: DatasetFacts) -> tuple[str, ...]:
    if not declared.columns:
        return facts.feature_names
    if facts.kind != "table" or len(declared.columns) != facts.input_shape[0]:
        raise BadData(
            Message(
                "{count} column is declared, and an example has the shape {shape}.",
                plural="{count} columns are declared, and an example has the shape {shape}.",
                count=len(declared.columns),
                shape=str(facts.input_shape),
            )
        )
    return declared.columns

"""Checkpoints on disk: writing, verifying, listing and removing them. Needs neither Keras nor NumPy.

A checkpoint is a folder ``cp-0005`` (after epoch 5) or ``cp-0005-s00120`` (120 steps into epoch 6) with
``model.keras`` (the network as Keras saves it, without optimiser), ``state.npz`` (optimiser, seed generators,
metrics in flight) and ``manifest.json`` (sizes and SHA-256 of the others, epoch, step, metrics, callback state).
It is written under a temporary name, verified, flushed to the disk and renamed, so a folder with such a name is
complete.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from trainer.errors import CheckpointDamaged
from trainer.events.events import CheckpointSaved
from trainer.events.fault_points import fault_point
from trainer.messages.message import Message
from trainer.system.durable_files import describe, difference, flush, make_folder
from trainer.system.regular_files import open_regular

FORMAT_VERSION = 1
MODEL_FILE, STATE_FILE, MANIFEST_FILE = "model.keras", "state.npz", "manifest.json"
NAME = re.compile(r"cp-(\d{4,})(?:-s(\d{5,}))?")
MOST_MANIFEST_BYTES = 4 << 20  # some hundred times the size of a manifest
# Required types of the fields that other code relies on.
KINDS = {"epoch": int, "step": int, "digest": str, "metrics": dict, "spec": dict, "content_hash": str, "files": dict}


@dataclass(frozen=True)
class Moment:
    """The position of a checkpoint in a training: completed epochs, and steps of the next one."""

    epoch: int
    step: int = 0

    @property
    def name(self) -> str:
        return f"cp-{self.epoch:04d}" + (f"-s{self.step:05d}" if self.step else "")


@dataclass(frozen=True)
class Manifest:
    """The content of ``manifest.json``. ``callbacks`` is the state of early stopping and the like, ``device``
    the device in the form of :func:`trainer.checkpoints.reproducibility.device_of`, ``last_event`` the number of the
    last line in the attempt's ``events.jsonl`` before this moment."""

    epoch: int
    step: int
    digest: str
    metrics: dict[str, float | str]
    spec: dict[str, Any]
    content_hash: str
    callbacks: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    device: str = ""
    last_event: int = 0
    created_at: str = field(default_factory=lambda: datetime.now(UTC).isoformat())
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    format_version: int = FORMAT_VERSION

    @property
    def moment(self) -> Moment:
        return Moment(self.epoch, self.step)

    @property
    def text(self) -> str:
        """The content of the file, as JSON."""
        return json.dumps(vars(self), sort_keys=True)  # indenting it would take most of the time of a small save

    @property
    def sha256(self) -> str:
        """SHA-256 of the written file, the same as :func:`manifest_sha256`."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def size_bytes(self) -> int:
        """The size of the whole checkpoint on disk: the files and the manifest itself."""
        return sum(entry["bytes"] for entry in self.files.values()) + len(self.text.encode())


def write(parent: Path, manifest: Manifest, write_files: Callable[[Path], None]) -> tuple[Path, Manifest]:
    """Write a checkpoint below ``parent`` and give it its name.

    ``write_files`` writes the files into the folder it is given. Returns the final folder and the manifest that
    lists the files. Raises ``OSError`` when the disk cannot be written; the unfinished folder is then removed.
    """
    final = parent / manifest.moment.name
    make_folder(parent)
    draft = parent / f".writing-{manifest.moment.name}-{uuid.uuid4().hex[:8]}"
    draft.mkdir()
    try:
        fault_point("checkpoint-begun")
        write_files(draft)
        fault_point("checkpoint-files-written")
        files = {path.name: describe(path) for path in sorted(draft.iterdir())}
        manifest = Manifest(**{**vars(manifest), "files": files})
        (draft / MANIFEST_FILE).write_text(manifest.text)
        fault_point("checkpoint-manifest-written")
        for path in draft.iterdir():
            flush(path)
        verify(draft)
        flush(draft)
        fault_point("checkpoint-verified")
        os.rename(draft, final)
        draft = final
        flush(parent)
    except BaseException:
        _discard(draft)
        raise
    return final, manifest


def _discard(folder: Path) -> None:
    """Remove a checkpoint that could not be written, even one that has its name: it has not been reported yet."""
    with suppress(OSError):
        if NAME.fullmatch(folder.name):
            remove(folder)
    shutil.rmtree(folder, ignore_errors=True)


def saved_event(folder: Path, manifest: Manifest, sha256: str, line: int = 0) -> CheckpointSaved:
    """Return the event that reports the checkpoint in ``folder``; ``sha256`` is that of its manifest file."""
    return CheckpointSaved(
        line=line,
        name=folder.name,
        path=f"checkpoints/{folder.name}",
        epoch=manifest.epoch,
        step=manifest.step,
        metrics={name: float(value) for name, value in manifest.metrics.items()},
        size_bytes=manifest.size_bytes,
        digest=manifest.digest,
        manifest_sha256=sha256,
    )


def manifest_sha256(folder: Path) -> str:
    """SHA-256 of ``manifest.json``, which covers the whole checkpoint. Raises :class:`CheckpointDamaged`."""
    return hashlib.sha256(_manifest_content(folder)).hexdigest()


def read_manifest(folder: Path, expected: str = "") -> Manifest:
    """Read ``manifest.json``; raises :class:`CheckpointDamaged` when it cannot be used.

    ``expected`` is the SHA-256 that was recorded when the checkpoint was saved; "" when none was recorded.
    """
    content = _manifest_content(folder)
    manifest = _parsed(folder, content)  # first, because an unreadable manifest has a message of its own
    if expected and hashlib.sha256(content).hexdigest() != expected:
        damage = Message("{file} was changed: its SHA-256 is not the one on record.", file=_shown(folder))
        raise CheckpointDamaged(damage)
    return manifest


def _shown(folder: Path, name: str = MANIFEST_FILE) -> str:
    """How a file of the checkpoint is called in sentences."""
    return f"{folder.name}/{name}"


def _parsed(folder: Path, content: bytes) -> Manifest:
    file = _shown(folder)
    try:
        values = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise CheckpointDamaged(Message("{file} is not a manifest ({error}).", file=file, error=str(error))) from None
    version = values.get("format_version") if isinstance(values, dict) else None
    if version != FORMAT_VERSION:
        raise CheckpointDamaged(_version_message(folder, version))
    try:
        manifest = Manifest(**values)
    except TypeError as error:
        damage = Message("{file} has unexpected fields ({error}).", file=file, error=str(error))
        raise CheckpointDamaged(damage) from None
    for field_name, kind in KINDS.items():
        if not isinstance(getattr(manifest, field_name), kind):
            raise CheckpointDamaged(Message("{file} has no usable {field}.", file=file, field=field_name))
    return manifest


def _manifest_content(folder: Path) -> bytes:
    shown = _shown(folder)
    refuse_links(folder)
    try:
        with open_regular(folder / MANIFEST_FILE) as file:
            content = file.read(MOST_MANIFEST_BYTES + 1)
    except FileNotFoundError:
        names = {"checkpoint": folder.name, "file": MANIFEST_FILE}
        damage = Message("{checkpoint} has no {file}; it is not a whole checkpoint.", **names)
        raise CheckpointDamaged(damage) from None
    except OSError as error:
        damage = Message("{file} cannot be read ({reason}).", file=shown, reason=error.strerror or str(error))
        raise CheckpointDamaged(damage) from None
    if len(content) > MOST_MANIFEST_BYTES:
        raise CheckpointDamaged(
            Message(
                "{file} has more than {most:,} bytes; it was not written by Trainyard.",
                file=shown,
                most=MOST_MANIFEST_BYTES,
            )
        )
    return content


def refuse_links(folder: Path, levels: int = 1) -> None:
    """Raise :class:`CheckpointDamaged` when ``folder`` or one of the ``levels`` - 1 folders around it is a link."""
    for path in (folder, *folder.parents)[:levels]:
        if path.is_symlink():
            raise CheckpointDamaged(
                Message(
                    "{checkpoint} cannot be read: its folder {folder} is a link, not a folder.",
                    checkpoint=folder.name,
                    folder=path.name,
                )
            )


def _version_message(folder: Path, version: object) -> Message:
    if not isinstance(version, int):
        return Message("{file} has no format version; it was not written by Trainyard.", file=_shown(folder))
    if version < FORMAT_VERSION:
        return Message(
            "{checkpoint} was written by an older release: it has format {version}, this release reads format "
            "{readable}. Use it with the release that wrote it.",
            checkpoint=folder.name,
            version=version,
            readable=FORMAT_VERSION,
        )
    return Message(
        "{checkpoint} was written by a newer release: it has format {version}, this release reads format {readable}. "
        "Update Trainyard to use it.",
        checkpoint=folder.name,
        version=version,
        readable=FORMAT_VERSION,
    )


def verify(folder: Path, expected: str = "", *, contents: bool = True) -> Manifest:
    """Read every byte and compare with the manifest; raises :class:`CheckpointDamaged` naming the file.

    With ``expected``, as for :func:`read_manifest`, the files are proven to be those that were saved; without it, only
    that they belong together. Without ``contents``, only the names and sizes of the files are compared.
    """
    manifest = read_manifest(folder, expected)
    if NAME.fullmatch(folder.name) and manifest.moment.name != folder.name:
        raise CheckpointDamaged(
            Message("{checkpoint} holds the files of {other}.", checkpoint=folder.name, other=manifest.moment.name)
        )
    missing = {MODEL_FILE, STATE_FILE} - set(manifest.files)
    if missing:
        raise CheckpointDamaged(Message("{file} does not list {other}.", file=_shown(folder), other=sorted(missing)[0]))
    present = {path.name for path in folder.iterdir()} - {MANIFEST_FILE}
    for name in sorted(present - set(manifest.files)):
        raise CheckpointDamaged(Message("{file} does not belong to the checkpoint.", file=_shown(folder, name)))
    for name in sorted(set(manifest.files) - present):
        raise CheckpointDamaged(Message("{file} is missing.", file=_shown(folder, name)))
    for name, listed in manifest.files.items():
        _compare(folder, name, listed, contents=contents)
    return manifest


def _compare(folder: Path, name: str, listed: Any, *, contents: bool) -> None:
    if not isinstance(listed, dict) or listed.keys() != {"bytes", "sha256"}:
        raise CheckpointDamaged(Message("{file} does not describe {other}.", file=_shown(folder), other=name))
    if found := difference(folder / name, listed, _shown(folder, name), contents=contents):
        raise CheckpointDamaged(found)


def named(parent: Path) -> list[Path]:
    """The checkpoints below ``parent``, latest first, without unfinished folders."""
    found = [(match, path) for path in parent.glob("cp-*") if (match := NAME.fullmatch(path.name))]
    found.sort(key=lambda pair: (int(pair[0][1]), int(pair[0][2] or 0)), reverse=True)
    return [path for _, path in found]


def sweep(parent: Path) -> None:
    """Remove the leftovers of killed writers. Only for the one process that writes below ``parent``."""
    for path in (*parent.glob(".writing-*"), *parent.glob(".removing-*")):
        shutil.rmtree(path, ignore_errors=True)


def remove(folder: Path) -> None:
    """Delete a checkpoint. It is renamed first, so that a kill never leaves an incomplete one under its name."""
    doomed = folder.with_name(f".removing-{folder.name}-{uuid.uuid4().hex[:8]}")
    os.rename(folder, doomed)
    shutil.rmtree(doomed)


def set_aside(folder: Path) -> Path:
    """Rename a damaged checkpoint, so that its name is free and it is not used by mistake."""
    aside = folder.with_name(f"damaged-{folder.name}-{uuid.uuid4().hex[:8]}")
    os.rename(folder, aside)
    return aside

"""Checks of the files of a checkpoint, before Keras reads them and without Keras.

A checkpoint whose manifest is on record is known to be what was written here. This is a second line of defence, and the
only one for checkpoints saved before manifests were recorded: Keras gets no file that Trainyard did not write.
"""

from __future__ import annotations

import json
import math
import re
import zipfile
from pathlib import Path
from typing import BinaryIO

import h5py
import numpy as np

from trainer.checkpoints.checkpoint_files import MODEL_FILE, STATE_FILE
from trainer.checkpoints.model_config import check_config
from trainer.errors import CheckpointDamaged
from trainer.messages.message import Message
from trainer.system.archives import Foreign, members_of
from trainer.system.regular_files import Slice, open_regular

CONFIG, WEIGHTS = "config.json", "model.weights.h5"
# Maximum size of each member in bytes; the weights may be as large as the file.
MEMBERS = {"metadata.json": 64 << 10, CONFIG: 8 << 20, WEIGHTS: None}
MOST_HEADER_BYTES = 4096  # of an array; about a hundred are usual
STATE_MEMBER = re.compile(r"[a-z]{1,20}/[0-9]{1,9}\.npy")
NUMBERS = "biuf"


def check_files(folder: Path) -> None:
    """Raise :class:`CheckpointDamaged`, with what was found and what to do, unless Trainyard wrote both files."""
    for name, check in ((MODEL_FILE, _check_model), (STATE_FILE, _check_state)):
        try:
            with open_regular(folder / name) as file:
                check(file)
        except Foreign as foreign:
            raise CheckpointDamaged(_refusal(f"{folder.name}/{name}", foreign.message)) from None
        except zipfile.BadZipFile:
            raise CheckpointDamaged(_refusal(f"{folder.name}/{name}", Message("it is not an archive"))) from None
        except OSError as error:
            reason = error.strerror or str(error)
            damage = Message("{file} cannot be read ({reason}).", file=f"{folder.name}/{name}", reason=reason)
            raise CheckpointDamaged(damage) from None


def _refusal(file: str, reason: Message) -> Message:
    return Message(
        "{file} was not written by Trainyard and is not loaded: {reason}. "
        "Restore its files from a backup, or use another checkpoint of the run.",
        file=file,
        reason=reason,
    )


def _check_model(file: BinaryIO) -> None:
    members = members_of(file)
    if sorted(members) != sorted(MEMBERS):
        held, expected = ", ".join(sorted(members))[:200], ", ".join(MEMBERS)
        raise Foreign(Message("it holds {found} instead of {expected}", found=held, expected=expected))
    for name, most in MEMBERS.items():
        if most is not None and members[name].size > most:
            raise Foreign(
                Message(
                    "it has {size:,} bytes in {file}; at most {most:,} are accepted",
                    size=members[name].size,
                    file=name,
                    most=most,
                )
            )
    try:
        config = json.loads(members[CONFIG].read())
    except (ValueError, RecursionError) as error:
        found = Message("it has a {file} that is not JSON ({error})", file=CONFIG, error=str(error)[:100])
        raise Foreign(found) from None
    check_config(config, members[WEIGHTS].size)
    _check_weights(members[WEIGHTS])


def _check_weights(member: Slice) -> None:
    """Accept only numbers stored in the file itself: no links to other files, no arrays generated on reading."""
    try:
        with h5py.File(member, "r") as file:
            _check_links(file, member.size)
    except Foreign:
        raise
    except (OSError, RuntimeError, KeyError, ValueError) as error:
        raise Foreign(Message("it has weights that cannot be read ({error})", error=str(error)[:100])) from None


def _check_links(file: h5py.File, num_bytes: int) -> None:
    links: list[tuple[bytes, int]] = []
    file.id.links.visit(lambda name, link: links.append((name, link.type)), info=True)  # it swallows exceptions
    total = 0
    for name, kind in links:
        shown = repr(name.decode(errors="replace")[:100])
        if kind != h5py.h5l.TYPE_HARD:
            raise Foreign(Message("it has a link to another place in its weights, {name}", name=shown))
        item = file[name]
        if not isinstance(item, h5py.Dataset):
            continue
        total += int(item.size) * item.dtype.itemsize
        if not _is_plain(item):
            raise Foreign(Message("it has weights that are not plain numbers, {name}", name=shown))
        if total > num_bytes:
            raise Foreign(
                Message("it has weights of {total:,} bytes in a file of {size:,}", total=total, size=num_bytes)
            )


def _is_plain(item: h5py.Dataset) -> bool:
    """Whether it is numbers stored contiguously in this file: neither virtual nor compressed nor external."""
    stored = item.id.get_create_plist()
    in_one_piece = stored.get_layout() in (h5py.h5d.COMPACT, h5py.h5d.CONTIGUOUS)
    return in_one_piece and not stored.get_external_count() and item.dtype.kind in NUMBERS


def _check_state(file: BinaryIO) -> None:
    for name, member in members_of(file).items():
        if not STATE_MEMBER.fullmatch(name):
            raise Foreign(Message("it holds {name}", name=repr(name[:100])))
        _check_array(name, member)


def _check_array(name: str, member: Slice) -> None:
    """NumPy allocates as much memory as the header says, so the header is compared with the actual size."""
    head = member.read(MOST_HEADER_BYTES)
    length = int.from_bytes(head[8:10], "little")
    if head[:8] != b"\x93NUMPY\1\0" or length > MOST_HEADER_BYTES - 10:
        raise Foreign(Message("it holds {name}, which is not an array", name=name))
    member.seek(8)
    try:
        shape, _, dtype = np.lib.format.read_array_header_1_0(member)  # type: ignore[arg-type]
    except Exception as error:  # noqa: BLE001 - NumPy documents ValueError but raises others too
        found = Message("it holds {name}, which is not an array ({error})", name=name, error=str(error)[:100])
        raise Foreign(found) from None
    if dtype.kind not in NUMBERS:
        raise Foreign(
            Message("it holds {name}, which has pickled objects or other things instead of plain numbers", name=name)
        )
    if math.prod(shape) * dtype.itemsize != member.size - 10 - length:
        raise Foreign(Message("it holds {name}, whose header does not match its size", name=name))

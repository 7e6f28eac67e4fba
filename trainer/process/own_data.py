"""A team's file is understood or prepared with limits on memory and time; temporary files lie where workers clear."""

from __future__ import annotations

import errno
import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from trainer.data.loading import load
from trainer.data.own.choices import Choices
from trainer.data.source import Report
from trainer.errors import BadData
from trainer.events.events import Failed
from trainer.events.sink import DiskRefused, EventSink
from trainer.messages.message import Message
from trainer.system.durable_files import describe
from trainer.system.memory_limit import GIB, OF_READERS, limit_memory

FULL = (errno.ENOSPC, errno.EDQUOT)


@contextmanager
def limited(sink: EventSink, out: Path, most_seconds: float | None) -> Iterator[None]:
    """Read a file of a team inside of this: what takes too much ends with a ``Failed`` event that says so.

    Code of libraries may not return for long, so a thread of its own ends the process when the time is up.
    """
    limit_memory(OF_READERS)
    tempfile.tempdir = str(out)
    timer = threading.Timer(most_seconds or 0, _give_up, (sink, most_seconds))
    timer.daemon = True
    if most_seconds is not None:
        timer.start()
    try:
        yield
    finally:
        timer.cancel()
        tempfile.tempdir = None


def _give_up(sink: EventSink, seconds: float) -> None:
    took = Message(
        "Reading the file took longer than the {hours:.3g} hours that are allowed. Split it up, or save it in a "
        "simpler form.",
        hours=seconds / 3600,
    )
    sink.emit(Failed(cause="bad_data", error=took))
    os._exit(1)


def understand_file(
    path: Path, choices: Choices, report: Report, announced_sha256: str | None = None
) -> dict[str, Any]:
    """What is in the file, and unless ``announced_sha256`` is ``None`` its SHA-256.

    Raises :class:`BadData`, also when another SHA-256 was announced; "" announces none.
    """
    from trainer.data.own.importing import understand

    report(0.0, Message("Reading {file}", file=path.name))
    with _in_words(path.name):
        found = {} if announced_sha256 is None else {"sha256": _hash(path, announced_sha256)}
        return found | {"understood": understand(path, choices).to_json()}


def prepare_file(
    path: Path,
    choices: Choices,
    name: str,
    datasets: Path,
    report: Report,
    *,
    out: Path,
    previous: Path | None = None,
) -> dict[str, Any]:
    """Prepare what is in the file below ``datasets``, with drafts in ``out``; returns facts and summary.

    With the prepared version ``previous``, it also returns what differs from that. Raises :class:`BadData`.
    """
    from trainer.data.own.importing import prepare_own
    from trainer.data.summary import described

    datasets.mkdir(parents=True, exist_ok=True)
    mostly: Report = lambda fraction, message: report(0.9 * fraction, message)  # noqa: E731
    with _in_words(path.name):
        folder, understood = prepare_own(path, choices, name, datasets, mostly, drafts=out)
    report(0.95, Message("Drawing samples"))
    return {"understood": understood.to_json()} | described(load(folder, "r"), previous)


def _hash(path: Path, announced: str) -> str:
    found = str(describe(path)["sha256"])
    if announced and found != announced:
        raise BadData(
            Message(
                "The file has the SHA-256 {found}, and {announced} was announced: it was damaged on its way. "
                "Upload it again.",
                found=found,
                announced=announced,
            )
        )
    return found


@contextmanager
def _in_words(name: str) -> Iterator[None]:
    try:
        yield
    except MemoryError:
        most = OF_READERS // GIB
        needs = Message("Reading {file} needs more than {most} GiB of memory. Split it up.", file=name, most=most)
        raise BadData(needs) from None
    except OSError as error:
        if error.errno not in FULL or isinstance(error, DiskRefused):
            raise
        raise BadData(Message("The disk is full. Free space on it, then try again.")) from None

"""Receiving a file of a team in parts, and having a worker understand and prepare it.

The file lies in the data folder, which the workers of the queue "evaluate" must share. A part that was acknowledged is
on the disk; after a lost connection the browser asks how much there is, and sends the rest.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.text import slugify

from trainer.data.own.choices import Choices
from trainer.data.own.formats import ACCEPTED, ending_of, title_of
from trainer.errors import Explained
from trainer.messages.message import Message
from webapp.datasets.models import Dataset, Upload, UploadAct
from webapp.datasets.recognising import SHA256, fingerprint_of
from webapp.jobs.lifecycle import ENDED, WrongState, queue_again
from webapp.jobs.models import JobState
from webapp.teams.models import Team
from webapp.ui.text import text_problem

FOLDER = "uploads"
LONGEST_NAME = 255
MOST_BYTES = 10**15
KEPT = timedelta(days=7)
RESERVED = {"new", "uploads"}


class Refused(Explained):
    """A file that is not accepted, or a part that does not follow the ones before."""


class WrongOffset(Refused):
    """A part that begins elsewhere than the received ones end; the upload says where that is."""


@dataclass(frozen=True)
class Announced:
    """What a sender says of a file before it is sent; the hashes, where known, are in hexadecimal."""

    name: str
    num_bytes: int
    fingerprint: str = ""
    sha256: str = ""

    @property
    def base_name(self) -> str:
        return self.name.replace("\\", "/").rsplit("/", 1)[-1][:LONGEST_NAME]


def refuse_announced(announced: Announced) -> None:
    """Raise :class:`Refused` when the file cannot be one that is accepted."""
    name = announced.base_name
    if problem := text_problem(name):
        raise Refused(problem)
    if not ending_of(name):
        accepted = ", ".join(ACCEPTED)
        raise Refused(
            Message(
                "{file} is not accepted; accepted: {accepted}. Pack a folder of pictures as a zip.",
                file=name,
                accepted=accepted,
            )
        )
    if announced.num_bytes < 1:
        raise Refused(Message("{file} is empty. Choose another file.", file=name))
    for given in (announced.fingerprint, announced.sha256):
        if given and not SHA256.fullmatch(given):
            raise Refused(Message("{given} is no SHA-256; accepted: 64 hexadecimal digits.", given=repr(given[:80])))


def unfinished_of(team: Team, user: Any, announced: Announced) -> Upload | None:
    """The upload that the same person began of the same file, parts of which are missing."""
    begun = Upload.objects.filter(team=team, owner=user, state=JobState.STOPPED, received_bytes__lt=F("num_bytes"))
    same = begun.filter(
        file_name=announced.base_name,
        num_bytes=announced.num_bytes,
        fingerprint=announced.fingerprint,
        announced_sha256=announced.sha256,
    )
    return same.order_by("-created_at").first()


def create(team: Team, user: Any, announced: Announced) -> Upload:
    """The upload of a file of which nothing has arrived."""
    return Upload.objects.create(
        team=team,
        owner=user,
        file_name=announced.base_name,
        num_bytes=announced.num_bytes,
        fingerprint=announced.fingerprint,
        announced_sha256=announced.sha256,
        state=JobState.STOPPED,
    )


def known_upload(team: Team, user: Any, announced: Announced, dataset: Dataset) -> Upload:
    """The person's own row for a file of which the team has the ``dataset`` already, so that nothing is received."""
    same = {"team": team, "owner": user, "dataset": dataset, "sha256": announced.sha256}
    fields = {"file_name": announced.base_name, "num_bytes": announced.num_bytes}
    known = Upload.objects.filter(**same, **fields).order_by("created_at").first()
    arrived = {"received_bytes": announced.num_bytes, "state": JobState.FINISHED, "act": UploadAct.PREPARE}
    return known or Upload.objects.create(**same, **fields, **arrived, finished_at=timezone.now())


def append(upload: Upload, offset: int, part: bytes) -> None:
    """Store the ``part`` that begins at ``offset``; the last one has a worker look at the file.

    Raises :class:`WrongOffset` when another part is due, and :class:`Refused` when the file would grow too large or
    has changed since its first part.
    """
    with transaction.atomic():
        held = Upload.objects.select_for_update().get(pk=upload.pk)
        if offset != held.received_bytes:
            raise WrongOffset(Message("The part at {due:,} is due.", due=held.received_bytes))
        end = offset + len(part)
        if not part:
            raise Refused(Message("The part is empty. Send some of the file."))
        if end > held.num_bytes:
            raise Refused(Message("The file has {size:,} bytes, and this part ends beyond.", size=held.num_bytes))
        _write(file_of(held), offset, part)
        fingerprint = fingerprint_of(file_of(held)) if end == held.num_bytes else held.fingerprint
        has_changed = bool(held.fingerprint) and held.fingerprint != fingerprint
        received = 0 if has_changed else end
        fields = {} if has_changed else {"fingerprint": fingerprint}
        Upload.objects.filter(pk=upload.pk).update(received_bytes=received, **fields)
        upload.refresh_from_db()
        if upload.is_received:
            look(upload, Choices(title=title_of(upload.file_name)))
    if has_changed:
        raise Refused(Message("{file} changed while it was sent. Send it again.", file=upload.file_name))


def look(upload: Upload, choices: Choices) -> None:
    """Have a worker read the file again with these ``choices``; raises :class:`WrongState` if it cannot yet."""
    _refuse_without_file(upload)
    fields = {"act": UploadAct.UNDERSTAND, "choices": choices.model_dump(mode="json"), "understood": {}}
    queue_again(upload, Message("requested"), **fields)


def accept(upload: Upload, version_of: Dataset | None = None) -> None:
    """Have a worker prepare what was understood, as the next version of a dataset if given.

    Raises :class:`WrongState` if nothing is understood.
    """
    _refuse_without_file(upload)
    if not upload.understood:
        raise WrongState(
            Message(
                "A worker has not understood {file} yet. Wait until it has, or correct the choices.",
                file=upload.file_name,
            )
        )
    queue_again(upload, Message("requested"), act=UploadAct.PREPARE, version_of=version_of)


def _refuse_without_file(upload: Upload) -> None:
    if upload.dataset is not None:
        raise WrongState(
            Message("{file} is the dataset {name} already.", file=upload.file_name, name=upload.dataset.name)
        )
    if not upload.is_received:
        missing = upload.num_bytes - upload.received_bytes
        raise WrongState(
            Message("{missing:,} bytes of {file} are missing. Send them first.", missing=missing, file=upload.file_name)
        )


def discard(upload: Upload) -> None:
    """Remove the file and its row; a dataset that it became stays."""
    Upload.objects.filter(pk=upload.pk).delete()  # first, so that a part on its way cannot bring the folder back
    forget_file(upload)


def forget_file(upload: Upload) -> None:
    """Remove the file; its row stays."""
    shutil.rmtree(file_of(upload).parent, ignore_errors=True)


def forget_old_uploads() -> None:
    """Remove files that nobody came back to for some days. Called by the reconciler.

    What became a dataset keeps its row, by which the same file is recognised, without what was understood of it.
    """
    old = Upload.objects.filter(state__in=ENDED, queued_at__lt=timezone.now() - KEPT)
    for upload in old.filter(dataset=None).defer(*Upload.heavy_fields):
        discard(upload)
    old.filter(dataset__isnull=False).exclude(understood={}).update(understood={})


def file_of(upload: Upload) -> Path:
    """Where the file lies; its name has nothing of what a person wrote but the ending."""
    folder: Path = settings.DATA_DIR / FOLDER / upload.pk.hex
    return folder / f"data{ending_of(upload.file_name)}"


def name_for(title: str) -> str:
    """The name that a dataset with this ``title`` would have, were it free."""
    return slugify(title)[:56] or "data"


def free_name(team: Team, title: str) -> str:
    """A name for a dataset of the team that no other has: ``my-parts``, ``my-parts-2``."""
    wanted = name_for(title)
    taken = set(Dataset.objects.filter(team=team).values_list("name", flat=True)) | RESERVED
    taken |= set(Dataset.objects.filter(team=None).values_list("name", flat=True))
    numbered = (wanted, *(f"{wanted}-{number}" for number in range(2, len(taken) + 3)))
    return next(name for name in numbered if name not in taken)


def _write(path: Path, offset: int, part: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.seek(offset)
        file.write(part)
        file.truncate()
        file.flush()
        os.fsync(file.fileno())

"""Receiving a team's own data as far as disk and quota have room: before, during, and when it is prepared.

What a file becomes is known only once it is understood, so the prepared data is counted when it is accepted.
"""

from __future__ import annotations

import math
import shutil
from typing import Any

from django.conf import settings

from trainer.messages.message import Message
from webapp.datasets import uploading
from webapp.datasets.models import Dataset, Upload
from webapp.datasets.uploading import Announced, Refused
from webapp.storage import quota
from webapp.teams.models import Team
from webapp.ui.filters import filesize_short

# What stays free for the database and everything else.
SPARE_BYTES = 2 * 10**9
# While data is prepared, its draft lies beside what is read.
DRAFTS = 2
BYTES_OF_A_PIXEL, BYTES_OF_A_NUMBER = 1, 4


def begin(team: Team, user: Any, announced: Announced) -> Upload:
    """Return the upload of a file: the person's unfinished one of the same name, size and hashes, else a new one.

    Raises :class:`Refused` when the file is not accepted, or there is no room for it and for what it becomes.
    """
    uploading.refuse_announced(announced)
    unfinished = uploading.unfinished_of(team, user, announced)
    if unfinished is not None:
        return unfinished
    _refuse_full_disk(announced.base_name, 2 * announced.num_bytes)
    _refuse_beyond_quota(team, announced.base_name, announced.num_bytes)
    return uploading.create(team, user, announced)


def append(upload: Upload, offset: int, part: bytes) -> None:
    """:func:`uploading.append`, unless disk or quota have been used up in the meantime."""
    _refuse_full_disk(upload.file_name, len(part))
    _refuse_beyond_quota(upload.team, upload.file_name, len(part))
    uploading.append(upload, offset, part)


def accept(upload: Upload, version_of: Dataset | None = None) -> None:
    """:func:`uploading.accept`, unless there is no room for the prepared data."""
    if upload.understood:
        num_bytes = prepared_bytes(upload.understood)
        _refuse_full_disk(upload.file_name, DRAFTS * num_bytes)
        # The file makes way for the dataset.
        _refuse_beyond_quota(upload.team, upload.file_name, max(0, num_bytes - upload.num_bytes))
    uploading.accept(upload, version_of)


def prepared_bytes(understood: dict[str, Any]) -> int:
    """About how much the prepared data will take: pictures as bytes, everything else as numbers of 32 bits."""
    each = BYTES_OF_A_PIXEL if understood["kind"] == "image" else BYTES_OF_A_NUMBER
    return int(understood["num_examples"]) * (each * math.prod(understood["input_shape"]) + BYTES_OF_A_NUMBER)


def _refuse_full_disk(name: str, num_bytes: int) -> None:
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(settings.DATA_DIR).free
    if num_bytes + SPARE_BYTES > free:
        raise Refused(
            Message(
                "{file} needs {size} and some spare space, and the disk of the server has {free} free. Delete "
                "datasets or checkpoints, or ask the administrator of this server.",
                file=name,
                size=filesize_short(num_bytes),
                free=filesize_short(free),
            )
        )


def _refuse_beyond_quota(team: Team, name: str, num_bytes: int) -> None:
    if team.quota_bytes is None:
        return
    used = quota.usage_of(team).used + quota.still_needed(team)
    if used + num_bytes > team.quota_bytes:
        raise Refused(
            Message(
                "{file} needs {size}, and the team takes {used} of its quota of {quota}. Delete datasets or "
                "checkpoints, or ask an operator of this site for a larger quota.",
                file=name,
                size=filesize_short(num_bytes),
                used=filesize_short(used),
                quota=filesize_short(team.quota_bytes),
            )
        )

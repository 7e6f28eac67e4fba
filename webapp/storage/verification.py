"""Verifying the files of a checkpoint: intact, damaged, or unavailable at the moment.

Damage is stored in the row, as a sentence, and a damaged checkpoint is no longer the latest or the best of its run; a
checkpoint whose files are restored counts again. The files themselves are only read.

The row of a checkpoint has the SHA-256 of its manifest, which has those of the files, so that changes in the store
are detected. Rows of old releases get it when their files are found intact for the first time. That trusts the store
up to this moment: files that were changed before, together with their manifest, are accepted as long as they name the
same digest of the weights. Their content is checked once more before they are loaded
(``trainer/checkpoints/model_check.py``).
"""

from __future__ import annotations

from dataclasses import dataclass

from trainer.checkpoints.checkpoint_files import MODEL_FILE, manifest_sha256, verify
from trainer.errors import CheckpointDamaged, Explained
from trainer.messages.message import Message
from webapp.checkpoints.models import Checkpoint
from webapp.storage import store
from webapp.storage.bucket import NotHereYet, StoreError, StoreUnavailable
from webapp.ui.commands import manage_command
from webapp.ui.filters import filesize_short

# Reading takes about a second for each billion bytes, and people should not wait longer than a few seconds for a page.
MOST_BYTES_ON_A_PAGE = 4_000_000_000


@dataclass(frozen=True)
class Verification:
    """``whole`` is ``None`` when the files are unavailable: then the row stays as it was.

    ``manifest_sha256`` is the hash of the manifest that intact files match, ``model_sha256`` that of the model.
    """

    whole: bool | None
    sentence: Message
    manifest_sha256: str = ""
    model_sha256: str = ""


class NotVerified(Explained):
    """The files are not verified now. The message says why."""


def inspect(checkpoint: Checkpoint, *, contents: bool = True) -> Verification:
    """Read every byte of the files; the row is not changed. Without ``contents`` only compare manifest and sizes."""
    try:
        folder = store.path_of(checkpoint.key, checkpoint.manifest_sha256)
        sha256 = checkpoint.manifest_sha256 or manifest_sha256(folder)
        manifest = verify(folder, sha256, contents=contents)
    except (NotHereYet, StoreUnavailable) as error:
        return Verification(None, error.message)
    except (StoreError, CheckpointDamaged) as error:
        return Verification(False, error.message)
    except OSError as error:
        unread = Message(
            "The files of {checkpoint} cannot be read now ({reason}). Try again.",
            checkpoint=checkpoint.name,
            reason=error.strerror or str(error),
        )
        return Verification(None, unread)
    if manifest.digest != checkpoint.digest:
        other = Message("{checkpoint} has different weights than those that were recorded.", checkpoint=checkpoint.name)
        return Verification(False, other)
    whole = Message("{checkpoint} is whole: every byte is as it was written.", checkpoint=checkpoint.name)
    return Verification(True, whole, sha256, manifest.files[MODEL_FILE]["sha256"])


def verify_row(checkpoint: Checkpoint) -> Verification:
    """Verify it and store the result in its row, unless its files were removed meanwhile."""
    found = inspect(checkpoint)
    if found.whole is not None:
        kept = Checkpoint.objects.filter(pk=checkpoint.pk, purged_at=None)
        kept.update(damaged="" if found.whole else found.sentence)
        if found.whole:
            kept.filter(manifest_sha256="").update(manifest_sha256=found.manifest_sha256)
    return found


def verify_now(checkpoint: Checkpoint) -> Verification:
    """:func:`verify_row` for a page. Raises :class:`NotVerified` when there is nothing to read, or too much."""
    if checkpoint.purged_at is not None:
        raise NotVerified(
            Message("The files of {checkpoint} were removed; there is nothing to verify.", checkpoint=checkpoint.name)
        )
    if refusal := too_large(checkpoint):
        raise NotVerified(refusal)
    return verify_row(checkpoint)


def too_large(checkpoint: Checkpoint) -> Message:
    """Why it is not read for a page; empty when it can be."""
    if checkpoint.size_bytes <= MOST_BYTES_ON_A_PAGE:
        return Message("")
    return Message(
        "{checkpoint} has {size}, which takes too long here. “{command}” reads them all.",
        checkpoint=checkpoint.name,
        size=filesize_short(checkpoint.size_bytes),
        command=manage_command("scrub_checkpoints"),
    )

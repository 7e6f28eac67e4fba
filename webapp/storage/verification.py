"""Reading the files of a checkpoint again: whole, damaged, or not to be had at the moment.

What is damaged is said in its row, in a sentence, and is no longer the latest or the best of its run; a checkpoint
whose files are right again is whole again. The files themselves are only read.

The row of a checkpoint has the SHA-256 of its manifest, which has those of the files, so that nobody who can write
into the store can change them unseen. Rows of old releases get it when their files are found whole for the first time.
That trusts the store up to this moment: files that were changed before, together with their manifest, are taken for
those that were saved as long as they name the same digest of the weights. What is in them is checked once more before
they are loaded (``trainer/checkpoints/model_check.py``).
"""

from __future__ import annotations

from dataclasses import dataclass

from trainer.checkpoints.checkpoint_files import MODEL_FILE, manifest_sha256, verify
from trainer.errors import CheckpointDamaged
from webapp.checkpoints.models import Checkpoint
from webapp.storage import store
from webapp.ui.commands import manage_command
from webapp.ui.filters import filesize_short

# Reading takes about a second for each of these; a page does not let people wait for longer than some.
MOST_BYTES_ON_A_PAGE = 4_000_000_000


@dataclass(frozen=True)
class Verification:
    """``whole`` is ``None`` where nothing can be known now: then the row stays as it was.

    ``manifest_sha256`` is that of the manifest with which whole files agree, ``model_sha256`` that of the model.
    """

    whole: bool | None
    sentence: str
    manifest_sha256: str = ""
    model_sha256: str = ""


class NotVerified(Exception):
    """Why the files are not read now, as a sentence."""


def inspect(checkpoint: Checkpoint, *, contents: bool = True) -> Verification:
    """Read every byte of the files, and change nothing. Without ``contents`` only manifest and sizes are compared."""
    try:
        folder = store.path_of(checkpoint.key, checkpoint.manifest_sha256)
        sha256 = checkpoint.manifest_sha256 or manifest_sha256(folder)
        manifest = verify(folder, sha256, contents=contents)
    except (store.NotHereYet, store.StoreUnavailable) as error:
        return Verification(None, str(error))
    except (store.StoreError, CheckpointDamaged) as error:
        return Verification(False, str(error))
    except OSError as error:
        return Verification(None, f"The files of {checkpoint} cannot be read now ({error.strerror}). Try again.")
    if manifest.digest != checkpoint.digest:
        return Verification(False, f"{checkpoint} holds other weights than those that were recorded.")
    return Verification(
        True, f"{checkpoint} is whole: every byte is as it was written.", sha256, manifest.files[MODEL_FILE]["sha256"]
    )


def verify_row(checkpoint: Checkpoint) -> Verification:
    """Look at it and put the verdict into its row, unless its files were removed meanwhile."""
    verdict = inspect(checkpoint)
    if verdict.whole is not None:
        there = Checkpoint.objects.filter(pk=checkpoint.pk, purged_at=None)
        there.update(damaged="" if verdict.whole else verdict.sentence)
        if verdict.whole:
            there.filter(manifest_sha256="").update(manifest_sha256=verdict.manifest_sha256)
    return verdict


def verify_now(checkpoint: Checkpoint) -> Verification:
    """:func:`judge` it while somebody waits. Raises :class:`NotVerified`."""
    if checkpoint.purged_at is not None:
        raise NotVerified(f"The files of {checkpoint} were removed; there is nothing to verify.")
    if refusal := too_large(checkpoint):
        raise NotVerified(refusal)
    return verify_row(checkpoint)


def too_large(checkpoint: Checkpoint) -> str:
    """Why it is not read while a person waits; "" when it can be."""
    if checkpoint.size_bytes <= MOST_BYTES_ON_A_PAGE:
        return ""
    size, command = filesize_short(checkpoint.size_bytes), manage_command("scrub_checkpoints")
    return f"{checkpoint} has {size}, which takes too long here. “{command}” reads them all."

"""The bucket that all machines of a team share, if one is configured: reaching it, and folders out of it."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.core.files.storage import Storage, storages

from trainer.errors import Explained
from trainer.messages.message import Message

READ_BYTES = 1 << 20


class StoreError(Explained):
    """Files of the store cannot be read."""


class NotHereYet(StoreError):
    """The files are neither in the bucket yet nor on this machine: the one that wrote them has to upload them."""


class StoreUnavailable(Explained, OSError):
    """The bucket does not answer, or denies access. That may be temporary: nothing is known to be lost."""


def bucket() -> Storage | None:
    """The storage; ``None`` when files are in the data folder only."""
    place = settings.CHECKPOINT_STORE
    return _connect(place["bucket_name"], place["location"]) if place else None


@lru_cache
def _connect(bucket_name: str, location: str) -> Storage:
    from botocore.config import Config

    # Short timeouts, so that our own retries wait, which honour stop requests, and not boto3 for minutes.
    soon = Config(connect_timeout=5, read_timeout=30, retries={"max_attempts": 2})
    options = {"bucket_name": bucket_name, "location": location, "default_acl": None, "file_overwrite": True}
    options |= {"client_config": soon}
    return storages.create_storage({"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options})


@contextmanager
def reaching() -> Iterator[None]:
    """Turns every error of boto3 into :class:`StoreUnavailable`."""
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (Boto3Error, BotoCoreError, ClientError) as error:
        raise StoreUnavailable(Message("The bucket cannot be used: {error}", error=str(error))) from error


def fetch_folder(place: Storage, key: str, names: Iterable[str], final: Path, check: Callable[[Path], object]) -> Path:
    """Download the files ``names`` below ``key``, check the folder, and rename it to ``final``.

    Of two concurrent downloads, one copy stays. Raises what ``check`` raises, and :class:`StoreUnavailable`.
    """
    drafts = final.with_name(f".fetching-{uuid.uuid4().hex[:8]}")
    draft = drafts / final.name  # already has its final name, so that messages name it correctly
    draft.mkdir(parents=True)
    try:
        for name in names:
            _download(place, f"{key}/{name}", draft / Path(name).name)
        check(draft)
        if not final.exists():
            draft.rename(final)
    finally:
        shutil.rmtree(drafts, ignore_errors=True)
    return final


def _download(place: Storage, name: str, path: Path) -> None:
    with reaching(), place.open(name) as source, path.open("wb") as target:
        shutil.copyfileobj(source, target, READ_BYTES)

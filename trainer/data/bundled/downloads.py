"""The files that datasets are downloaded from: addresses, digests, and the download itself."""

from __future__ import annotations

import hashlib
import os
import tempfile
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

from trainer.data.source import Report
from trainer.errors import BadData
from trainer.messages.message import Message

CONNECT_SECONDS = 10.0
CHUNK_BYTES = 1 << 18
_GOOGLE = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
_TORONTO = "https://www.cs.toronto.edu/~kriz/"


class DataUnavailable(BadData):
    """The data is not on this machine and could not be downloaded; the message says what, why and what to do."""


@dataclass(frozen=True)
class RemoteFile:
    """A file with known content. ``digest`` is hexadecimal: SHA-256 if it has 64 digits, otherwise MD5."""

    url: str
    digest: str

    @property
    def filename(self) -> str:
        return self.url.rsplit("/", 1)[1]

    def address(self, name: str) -> str:
        """Where dataset ``name`` gets it from: its own address, or NAME/FILE below that of a mirror."""
        mirror = os.environ.get("TRAINYARD_MIRROR", "").rstrip("/")
        return f"{mirror}/{name}/{self.filename}" if mirror else self.url

    def matches(self, path: Path) -> bool:
        """Whether the file at ``path`` is this one."""
        algorithm = "sha256" if len(self.digest) == 64 else "md5"
        with path.open("rb") as file:
            return hashlib.file_digest(file, algorithm).hexdigest() == self.digest


# The addresses and SHA-256 values are those of keras.datasets 3.15, which has none for Fashion-MNIST: its MD5 values
# are those that its authors publish (github.com/zalandoresearch/fashion-mnist, README).
FILES: dict[str, tuple[RemoteFile, ...]] = {
    "mnist": (RemoteFile(_GOOGLE + "mnist.npz", "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"),),
    "fashion-mnist": (
        RemoteFile(_GOOGLE + "train-images-idx3-ubyte.gz", "8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
        RemoteFile(_GOOGLE + "train-labels-idx1-ubyte.gz", "25c81989df183df01b3e8a0aad5dffbe"),
        RemoteFile(_GOOGLE + "t10k-images-idx3-ubyte.gz", "bef4ecab320f06d8554ea6380940ec79"),
        RemoteFile(_GOOGLE + "t10k-labels-idx1-ubyte.gz", "bb300cfdad3c16e7a12a480ee83cd310"),
    ),
    "cifar10": (
        RemoteFile(
            _TORONTO + "cifar-10-python.tar.gz", "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"
        ),
    ),
    "cifar100": (
        RemoteFile(
            _TORONTO + "cifar-100-python.tar.gz", "85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7"
        ),
    ),
    "california-housing": (
        RemoteFile(
            _GOOGLE + "california_housing.npz", "1a2e3a52e0398de6463aebe6f4a8da34fb21fbb6b934cf88c3425e766f2a1a6f"
        ),
    ),
}


def fetch(name: str, files: tuple[RemoteFile, ...], folder: Path, report: Report) -> list[Path]:
    """Return the paths of ``files`` under ``folder/name``, downloading what is missing.

    A file gets its name only once it is complete and its digest matches, so that two trainers may download the same
    file at once. Raises :class:`DataUnavailable`.
    """
    home = folder / name
    paths = []
    for position, file in enumerate(files):
        path = home / file.filename
        if not (path.exists() and file.matches(path)):
            _download(file, file.address(name), path, _share_of(report, position, len(files)))
        paths.append(path)
    return paths


def _share_of(report: Report, position: int, total: int) -> Report:
    return lambda fraction, message: report((position + fraction) / total, message)


def _download(file: RemoteFile, address: str, path: Path, report: Report) -> None:
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".part-")
        with os.fdopen(handle, "wb") as target:
            _copy(file, address, target, report)
        if not file.matches(Path(temporary)):
            raise DataUnavailable(
                _sentence(file, address, path, Message("the downloaded file is not the expected one"))
            )
        Path(temporary).replace(path)
    except DataUnavailable:
        raise
    except (OSError, HTTPException, ValueError) as error:  # the last for a mirror whose address is none
        cause = str(getattr(error, "reason", None) or error)
        raise DataUnavailable(_sentence(file, address, path, cause or type(error).__name__)) from error
    finally:
        if temporary:
            Path(temporary).unlink(missing_ok=True)


def _copy(file: RemoteFile, address: str, target: object, report: Report) -> None:
    """Copy the remote file into ``target``; the timeout also applies to every single read."""
    report(0.0, Message("Downloading {file}", file=file.filename))
    with urllib.request.urlopen(address, timeout=CONNECT_SECONDS) as answer:  # noqa: S310  those above, or the mirror
        total = int(answer.headers.get("Content-Length") or 0)
        done = 0
        while chunk := answer.read(CHUNK_BYTES):
            target.write(chunk)  # type: ignore[attr-defined]
            done += len(chunk)
            share = min(1.0, done / total) if total else 0.5
            report(
                share,
                Message(
                    "Downloading {file}: {done:.0f} of {total:.0f} MB",
                    file=file.filename,
                    done=done / 1e6,
                    total=total / 1e6,
                ),
            )


def _sentence(file: RemoteFile, address: str, path: Path, reason: Message | str) -> Message:
    return Message(
        "{file} could not be downloaded from {url} ({reason}). Connect this machine to the internet or name a mirror "
        "in TRAINYARD_MIRROR and try again, or put the file at {path}.",
        file=file.filename,
        url=address,
        reason=reason,
        path=str(path),
    )

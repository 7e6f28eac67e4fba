"""The files of a folder or an archive by name, none of which is ever written to a place that its name chooses.

A zip and a plain tar are read where they are; a compressed tar, which cannot be read in any order, is unpacked under
numbers first. Names are cleaned, links and devices left out, and sizes bounded by what is read, never by what a header
says.
"""

from __future__ import annotations

import errno
import lzma
import os
import stat
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from trainer.data.own.formats import ARCHIVES, PLAIN_TAR, TARS
from trainer.data.own.members.part_of_file import part_of
from trainer.data.own.members.places import Place, place_in_zip
from trainer.data.own.members.processes import Processes
from trainer.data.own.members.tar_members import StrictTarInfo, members_of
from trainer.errors import BadData
from trainer.messages.message import Message
from trainer.system.garbage import no_search_for_cycles
from trainer.system.regular_files import NotRegular, open_regular

MOST_ENTRIES = 1_000_000
# Pictures and arrays of numbers hardly shrink; what unpacks to more than this was made to fill a disk.
MOST_RATIO = 200
TOO_MUCH = Message("The archive unpacks to more than {most} times its size. Pack it again.", most=MOST_RATIO)
LINK = Message("It is a link or no file. Put the file itself there.")
LEAST_SUSPICIOUS_BYTES = 100 * 2**20
CHUNK_BYTES = 2**20
# Written by operating systems and editors, and never data.
JUNK = {"__MACOSX", "Thumbs.db", "desktop.ini", "@eaDir", "$RECYCLE.BIN"}
# What reading one file of an archive may raise: NotImplementedError is zipfile's for an unknown compression.
DAMAGE = (OSError, ValueError, EOFError, NotImplementedError, zipfile.BadZipFile, zlib.error, lzma.LZMAError)
UTF_8 = 0x800  # the flag of an entry whose name is in UTF-8


@dataclass(frozen=True)
class LeftOut:
    """A file that is not used, and why; the reason ends with what to do, where something can be done."""

    name: str
    reason: Message


@dataclass
class Entries:
    """Names of the files, in order, with their sizes as far as known; ``open(index)`` reads one of them.

    ``place(index)`` is where another process can read it, ``None`` when only this one can. ``processes`` read many at
    once; they end when the entries are closed.
    """

    open: Callable[[int], BinaryIO]
    place: Callable[[int], Place | None]
    names: list[str] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    processes: Processes = field(default_factory=Processes)

    def add(self, given: str, size: int) -> bool:
        """Take a file in, unless its name is junk or cannot be used; returns whether it was taken."""
        name = clean_name(given)
        if name is None:
            reason = Message("Its name leads outside of the archive or cannot be written. Rename it.")
            self.left_out.append(LeftOut(given[:200].encode(errors="replace").decode(), reason))
            return False
        if is_junk(name):
            return False
        if len(self.names) >= MOST_ENTRIES:
            raise BadData(Message("There are more than {most:,} files. Split the data up.", most=MOST_ENTRIES))
        self.names.append(name)
        self.sizes.append(size)
        return True


@contextmanager
def open_entries(path: Path) -> Iterator[Entries]:
    """The files of a folder, of a zip or of a tar. Raises :class:`BadData` for anything else."""
    with _opened(path) as entries, closing(entries.processes):
        yield entries


@contextmanager
def _opened(path: Path) -> Iterator[Entries]:
    lower = path.name.lower()
    if path.is_dir():
        yield _of_folder(path)
    elif lower.endswith(".zip"):
        with _zip(path) as archive:
            yield _of_zip(archive, path)
    elif lower.endswith(PLAIN_TAR):
        with open_regular(path) as file:
            yield _of_plain_tar(file, path)
    elif lower.endswith(TARS):
        with tempfile.TemporaryDirectory(prefix="trainyard-tar-") as folder:
            yield _of_compressed_tar(path, Path(folder))
    else:
        accepted = ", ".join(ARCHIVES)
        raise BadData(
            Message("{file} is no archive; accepted: {accepted}, or a folder.", file=path.name, accepted=accepted)
        )


def clean_name(given: str) -> str | None:
    """``a\\b.png`` → ``a/b.png``; ``None`` for a name that is absolute, leads upwards or cannot be written."""
    name = given.replace("\\", "/")
    if name.startswith("/") or name[1:2] == ":" or not name.isprintable():
        return None
    parts = [part for part in name.split("/") if part not in {"", "."}]
    return None if not parts or ".." in parts else "/".join(parts)


def refuse_bomb(unpacked: int, packed: int) -> None:
    """Raise :class:`BadData` when so many bytes unpack to so many that it was made to fill a disk or the memory."""
    if unpacked > max(LEAST_SUSPICIOUS_BYTES, MOST_RATIO * packed):
        raise BadData(TOO_MUCH)


def is_junk(name: str) -> bool:
    return name.startswith(".") or "/." in name or not JUNK.isdisjoint(name.split("/"))


def _of_paths(paths: list[Path]) -> Entries:
    """Files that lie alone, at ``paths`` that are added as they are taken in."""
    return Entries(
        lambda index: open_regular(paths[index]), lambda index: Place(paths[index], 0, paths[index].stat().st_size)
    )


@no_search_for_cycles()
def _of_folder(root: Path) -> Entries:
    paths: list[Path] = []
    entries = _of_paths(paths)
    for folder, folders, files in os.walk(root):
        folders.sort()
        for file in sorted(files):
            path = Path(folder, file)
            name = path.relative_to(root).as_posix()
            status = path.lstat()
            if not stat.S_ISREG(status.st_mode):
                entries.left_out.append(LeftOut(name, LINK))
            elif entries.add(name, status.st_size):
                paths.append(path)
    return entries


@contextmanager
def _zip(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with open_regular(path) as file, _directory_of(file) as archive:
            yield archive
    except (zipfile.BadZipFile, NotRegular) as error:
        damage = Message("{file} cannot be read as a zip ({error}). Pack it again.", file=path.name, error=str(error))
        raise BadData(damage) from None


@no_search_for_cycles()
def _directory_of(file: BinaryIO) -> zipfile.ZipFile:
    return zipfile.ZipFile(file)


@no_search_for_cycles()
def _of_zip(archive: zipfile.ZipFile, path: Path) -> Entries:
    members: list[zipfile.ZipInfo] = []
    entries = Entries(lambda index: _member(archive, members[index]), lambda index: place_in_zip(path, members[index]))
    infos = [info for info in archive.infolist() if not info.is_dir()]
    meant = _names_of(infos)
    refuse_bomb(sum(info.file_size for info in infos), path.stat().st_size)
    for info in infos:
        name = meant.get(info.filename, info.filename)
        if stat.S_ISLNK(info.external_attr >> 16):
            entries.left_out.append(LeftOut(name, LINK))
        elif info.flag_bits & 1:
            entries.left_out.append(LeftOut(name, Message("It is encrypted. Pack it without a password.")))
        elif entries.add(name, info.file_size):
            members.append(info)
    return entries


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> BinaryIO:
    return archive.open(info)  # type: ignore[return-value]


def _names_of(infos: list[zipfile.ZipInfo]) -> dict[str, str]:
    """The names as they were meant, by those that zipfile gives.

    Without the flag for UTF-8, programs write the encoding of their own system, which is the same for all names.
    """
    unmarked = [info.filename for info in infos if not (info.flag_bits & UTF_8 or info.filename.isascii())]
    for encoding in ("utf-8", "gb18030"):
        try:
            return {name: name.encode("cp437").decode(encoding) for name in unmarked}
        except UnicodeError:
            continue
    return {}


@no_search_for_cycles()
def _of_plain_tar(file: BinaryIO, path: Path) -> Entries:
    """Only where each file begins is kept in memory."""
    starts: list[int] = []
    entries = Entries(
        lambda index: part_of(file, starts[index], entries.sizes[index]),
        lambda index: Place(path, starts[index], entries.sizes[index]),
    )
    with _tar(file, path.name) as archive:
        starts.extend(member.offset_data for member in _regular(archive, entries))
    return entries


def _of_compressed_tar(path: Path, folder: Path) -> Entries:
    """Unpack the regular files under numbers; their names are only kept in memory."""
    paths: list[Path] = []
    entries = _of_paths(paths)
    left = max(LEAST_SUSPICIOUS_BYTES, MOST_RATIO * path.stat().st_size)
    with open_regular(path) as file, _tar(file, path.name) as archive:
        for member in _regular(archive, entries):
            paths.append(folder / str(len(paths)))
            left -= _copy(archive.extractfile(member), paths[-1], left)
    return entries


@contextmanager
def _tar(file: BinaryIO, name: str) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(fileobj=file, tarinfo=StrictTarInfo) as archive:
            yield archive
    except BadData:
        raise
    except (tarfile.TarError, *DAMAGE) as error:
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            raise
        damage = Message("{file} cannot be read as a tar ({error}). Pack it again.", file=name, error=str(error))
        raise BadData(damage) from None


def _regular(archive: tarfile.TarFile, entries: Entries) -> Iterator[tarfile.TarInfo]:
    """The members that are files and that ``entries`` takes in."""
    for member in members_of(archive):
        if member.issparse():
            reason = Message("It is a sparse file. Pack it without --sparse.")
            entries.left_out.append(LeftOut(member.name[:200], reason))
        elif not member.isdir() and not member.isreg():
            entries.left_out.append(LeftOut(member.name[:200], LINK))
        elif member.isreg() and entries.add(member.name, member.size):
            yield member


def _copy(source: object, target: Path, most: int) -> int:
    done = 0
    with target.open("wb") as file:
        while chunk := source.read(CHUNK_BYTES):  # type: ignore[attr-defined]
            done += len(chunk)
            if done > most:
                raise BadData(TOO_MUCH)
            file.write(chunk)
    return done

"""A disk that refuses single calls: a library between a process and its C library, compiled when a test needs it."""

from __future__ import annotations

import errno
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

SOURCE = Path(__file__).with_suffix(".c")


@dataclass(frozen=True)
class Call:
    """A call to the system and its outcome: ``fsync`` of ``path``, or ``rename`` of ``path`` to ``to``."""

    name: str
    was_refused: bool
    path: str
    to: str = ""


def environment(folder: Path, calls: str, *words: str, error: int = errno.EIO) -> dict[str, str]:
    """The environment of a process whose ``calls`` ("fsync,write") are refused for paths that hold one of ``words``."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        pytest.skip("there is no C compiler to make calls fail with")
    library = folder / "refusing.so"
    command = [compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(SOURCE), "-ldl"]
    subprocess.run(command, check=True)
    return {
        "LD_PRELOAD": str(library),
        "REFUSE_CALLS": calls,
        "REFUSE_WORDS": ",".join(words),
        "REFUSE_ERROR": str(error),
        "REFUSE_LOG": str(folder / "calls.log"),
    }


def calls_of(folder: Path) -> list[Call]:
    """What the process has flushed and renamed, in order."""
    lines = (folder / "calls.log").read_text().splitlines()
    return [Call(name, refused == "1", *paths) for name, refused, *paths in (line.split("\t") for line in lines)]

"""Disks that are small, full or read-only, for tests: real ones, in a mount namespace that ends with the test."""

from __future__ import annotations

import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

BLOCK = 4096
OPTIONS = "size={}k,mode=700"


class SmallDisk:
    """A file system in memory with room for so many kilobytes. All see it at ``path``, without any rights.

    A process that waits for the end of its input holds the namespace; when the tests die, it does, and nothing is left.
    """

    def __init__(self, place: Path, kilobytes: int) -> None:
        place.mkdir(exist_ok=True)
        mount = f"mount -t tmpfs -o {OPTIONS.format(kilobytes)} none {place} && echo mounted && exec cat >/dev/null"
        self._place, self._mount = place, place
        self._holder = subprocess.Popen(
            ["unshare", "--map-root-user", "--mount", "sh", "-c", mount],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert self._holder.stdout
        assert self._holder.stderr
        if self._holder.stdout.readline() != b"mounted\n":
            pytest.skip(f"no disk can be mounted here: {self._holder.stderr.read().decode().strip()}")
        self.path = Path(f"/proc/{self._holder.pid}/root{place}")

    def fill(self) -> None:
        """Leave not a byte."""
        with (self.path / "ballast").open("ab", buffering=0) as file, suppress(OSError):
            while file.write(b"\0" * BLOCK):
                pass

    def free(self) -> None:
        (self.path / "ballast").unlink()

    def remount(self, *options: str) -> None:
        """Change the mount, as with ``ro``; files that are open for writing forbid that."""
        enter = ["nsenter", f"--target={self._holder.pid}", "--user", "--mount", "--preserve-credentials"]
        subprocess.run([*enter, "mount", "-o", ",".join(("remount", *options)), str(self._place)], check=True)

    def close(self) -> None:
        """Take it away with all that is on it."""
        self._holder.communicate()

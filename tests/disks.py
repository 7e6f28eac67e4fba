"""Disks that are small, full or read-only, for tests: real ones, in a mount namespace that ends with the test."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

BLOCK = 4096
AS_ANYBODY, AS_ROOT = ("unshare", "--map-root-user", "--mount"), ("unshare", "--mount")


class Disk:
    """A file system of its own, which all processes see at ``path``.

    A process that waits for the end of its input holds the namespace; when the tests die, it does, and nothing is left.
    """

    def __init__(self, place: Path, mount: str, rights: Sequence[str] = AS_ANYBODY) -> None:
        place.mkdir(exist_ok=True)
        self.place, self._rights = place, rights
        self._holder = subprocess.Popen(
            [*rights, "sh", "-c", f"mount {mount} {place} && echo mounted && exec cat >/dev/null"],
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

    @contextmanager
    def full(self) -> Iterator[None]:
        """Full for a while, whatever others remove meanwhile."""
        over = threading.Event()

        def keep_full() -> None:
            while not over.wait(0.01):
                self.fill()

        self.fill()
        filler = threading.Thread(target=keep_full)
        filler.start()
        try:
            yield
        finally:
            over.set()
            filler.join()
            self.free()

    def remount(self, *options: str) -> None:
        """Change the mount, as with ``ro``; files that are open for writing forbid that."""
        self._run("mount", "-o", ",".join(("remount", *options)), str(self.place))

    @property
    def inside(self) -> list[str]:
        """Before a command: have it run where the disk is mounted at ``place``, for programs that resolve paths."""
        user = ["--user", "--preserve-credentials"] if self._rights is AS_ANYBODY else []
        return ["nsenter", f"--target={self._holder.pid}", "--mount", *user, f"--wdns={Path.cwd()}"]

    def _run(self, *command: str) -> None:
        subprocess.run([*self.inside, *command], check=True)

    def close(self) -> None:
        """Take it away with all that is on it."""
        self._holder.communicate()


class SmallDisk(Disk):
    """Memory, of so many kilobytes. Needs no rights where people may have name spaces of their own."""

    def __init__(self, place: Path, kilobytes: int) -> None:
        super().__init__(place, f"-t tmpfs -o size={kilobytes}k,mode=700 none")


class FailingDisk(Disk):
    """A file as a disk with ext4, which the kernel makes read-only when it finds an error there. Only for root."""

    def __init__(self, folder: Path, megabytes: int = 32) -> None:
        if os.geteuid() != 0 or shutil.which("mkfs.ext4") is None:
            pytest.skip("only root can mount a file, and mkfs.ext4 is needed")
        self._image = folder / "disk.img"
        with self._image.open("wb") as image:
            image.truncate(megabytes << 20)
        subprocess.run(["mkfs.ext4", "-q", str(self._image)], check=True)
        super().__init__(folder / "mounted", f"-o loop,errors=remount-ro {self._image}", AS_ROOT)

    def fail(self) -> None:
        """Have the kernel find an error: from now on nothing can be written, though files are open for that."""
        command = ["losetup", "--noheadings", "--output=NAME", "--associated", str(self._image)]
        device = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
        Path("/sys/fs/ext4", Path(device).name, "trigger_fs_error").write_text("a test")

    def mend(self) -> None:
        """As people do: unmount, check, mount. Nobody may have a file open there."""
        self._run("umount", str(self.place))
        subprocess.run(["e2fsck", "-p", str(self._image)], capture_output=True)  # its code says what it mended
        self._run("mount", "-o", "loop,errors=remount-ro", str(self._image), str(self.place))

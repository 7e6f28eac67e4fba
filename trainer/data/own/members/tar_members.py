"""The members of a tar, one after the other, in bounded memory, with damage told from the end."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from typing import Self

# Names and other texts that stand before a member.
MOST_HEADER_BYTES = 2**20
HEADERS = (
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
)


class StrictTarInfo(tarfile.TarInfo):
    """A header that is damaged, where tarfile would take it for the end, or enormous raises ``ReadError``."""

    @classmethod
    def fromtarfile(cls, tarfile: tarfile.TarFile) -> Self:
        try:
            return super().fromtarfile(tarfile)
        except DAMAGED as error:
            raise ReadError(str(error)) from None

    def _proc_member(self, archive: tarfile.TarFile) -> Self:
        if self.type in HEADERS and self.size > MOST_HEADER_BYTES:
            raise ReadError(f"a header of {self.size:,} bytes")
        processed: Self = super()._proc_member(archive)  # type: ignore[misc]
        return processed


ReadError = tarfile.ReadError
DAMAGED = (tarfile.InvalidHeaderError, tarfile.TruncatedHeaderError)  # type: ignore[attr-defined]


def members_of(archive: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """Open ``archive`` with ``tarinfo=StrictTarInfo``. It keeps no member, of which there may be a million."""
    while (member := archive.next()) is not None:
        archive.members.clear()  # type: ignore[attr-defined]
        yield member

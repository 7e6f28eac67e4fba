"""Which files of a team are accepted, by their endings. Loads nothing, so that the site can ask."""

from __future__ import annotations

PLAIN_TAR = ".tar"
TARS = (PLAIN_TAR, ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
ARCHIVES = (".zip", *TARS)
TABLES = (".csv", ".tsv", ".txt", ".xlsx", ".parquet")
ARRAYS = (".npz",)
ACCEPTED = (*ARCHIVES, *TABLES, *ARRAYS)


def ending_of(name: str) -> str:
    """The ending by which a file is understood, such as ``.tar.gz``; "" when it is none of those accepted."""
    return max((ending for ending in ACCEPTED if name.lower().endswith(ending)), key=len, default="")


def title_of(name: str) -> str:
    """A title for the file or folder ``name``: ``machine_parts.tar.gz`` → ``machine parts``."""
    bare = name[: len(name) - len(ending_of(name))]
    return bare.replace("_", " ").strip()[:100] or "data"

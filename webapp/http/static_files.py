"""URLs and compressed copies of scripts and styles.

There is no ``collectstatic``: the files are served from the source folder. Their URL changes with their content, so
that browsers may cache them forever; the copies are made once and kept in the data folder.
"""

from __future__ import annotations

import gzip
import hashlib
import tempfile
from collections.abc import Iterable
from pathlib import Path

COMPRESSIBLE = {".css", ".html", ".js", ".json", ".svg", ".txt"}
LEAST_BYTES = 500


def digest_of(folder: Path, versions: Iterable[str]) -> str:
    """Return a digest of all files in ``folder`` and of the ``versions`` of packages."""
    digest = hashlib.sha256("\0".join(versions).encode())
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(f"\0{path.relative_to(folder)}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def compressed(path: Path, name: str, cache: Path) -> Path | None:
    """Return the compressed copy of ``path`` in the folder ``cache``, made if it is missing.

    ``name`` distinguishes it from other files. ``None`` if compression gains nothing or ``cache`` is not writable.
    """
    facts = path.stat()
    if path.suffix not in COMPRESSIBLE or facts.st_size < LEAST_BYTES:
        return None
    copy = cache / f"{name.replace('/', '.')}-{facts.st_size:x}-{facts.st_mtime_ns:x}.gz"
    if copy.exists():
        return copy
    try:
        cache.mkdir(parents=True, exist_ok=True)
        return _write(gzip.compress(path.read_bytes(), mtime=0), copy)
    except OSError:
        return None


def _write(content: bytes, copy: Path) -> Path:
    """Write atomically: several processes may write the same copy at once, and readers must see a whole one."""
    with tempfile.NamedTemporaryFile(dir=copy.parent, delete=False) as file:
        file.write(content)
    return Path(file.name).replace(copy)

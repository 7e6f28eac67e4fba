"""Recognising a file that the team has brought before, by its hash or, before it is sent, by a fingerprint.

Only what the same team brought is compared, so that nobody learns what other teams have. A browser cannot hash many
gigabytes before it sends them; the fingerprint takes three megabytes of the file, which is enough to ask a person.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from trainer.system.regular_files import open_regular
from webapp.datasets.models import Dataset, Upload
from webapp.teams.models import Team

SHA256 = re.compile("[0-9a-f]{64}")
EDGE = 2**20


def fingerprint_of(path: Path) -> str:
    """SHA-256 over the size and the first, middle and last MiB, as ``static/js/datasets/fingerprint.js`` has it."""
    size = path.stat().st_size
    digest = hashlib.sha256(f"{size}\n".encode())
    with open_regular(path) as file:
        if size <= 3 * EDGE:
            digest.update(file.read())
            return digest.hexdigest()
        for start in (0, (size - EDGE) // 2, size - EDGE):
            file.seek(start)
            digest.update(file.read(EDGE))
    return digest.hexdigest()


def known_dataset(team: Team, num_bytes: int, *, sha256: str = "", fingerprint: str = "") -> Dataset | None:
    """The newest dataset of the team that came from the file with this hash or fingerprint; ``None`` without either."""
    same = {"sha256": sha256} if sha256 else {"fingerprint": fingerprint}
    if not any(same.values()):
        return None
    uploads = Upload.objects.filter(team=team, num_bytes=num_bytes, dataset__isnull=False, **same)
    heavy = *Upload.heavy_fields, *Dataset.heavy_fields_of("dataset")
    found = uploads.select_related("dataset").defer(*heavy).order_by("-created_at").first()
    return found.dataset if found else None

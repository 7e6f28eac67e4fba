"""What is wrong with a setup, said before it hurts. `manage.py` runs these checks before every command."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Info, Tags, register

# Before it, two processes that write and checkpoint in the same instant can damage a file in WAL mode.
SAFE_WAL = (3, 51, 3)


@register(Tags.security)
def no_wildcard_host(**options: Any) -> list[CheckMessage]:
    """With "*", links in invitations and the origin check of sockets believe whatever a request says."""
    if "*" not in settings.ALLOWED_HOSTS or settings.DEBUG:
        return []
    hint = "Name the addresses under which the site is reached, such as ALLOWED_HOSTS=train.example.org."
    return [Error("ALLOWED_HOSTS is '*', which lets a request choose the site's name.", hint=hint, id="trainyard.E001")]


@register()
def data_folder_is_writable(**options: Any) -> list[CheckMessage]:
    folder = Path(settings.DATA_DIR)
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    if existing.is_dir() and os.access(existing, os.W_OK | os.X_OK):
        return []
    hint = "Give one that this user owns: TRAINYARD_DATA=/srv/trainyard"
    return [Error(f"The data folder {folder} cannot be written.", hint=hint, id="trainyard.E002")]


@register(deploy=True)
def sqlite_is_recent(**options: Any) -> list[CheckMessage]:
    """Only with ``check --deploy``: it is rare, and nobody can change it from here."""
    is_sqlite = settings.DATABASES["default"]["ENGINE"].endswith("sqlite3")
    if not is_sqlite or sqlite3.sqlite_version_info >= SAFE_WAL:
        return []
    hint = "Keep backups, or set DATABASE_URL to a PostgreSQL database. See docs/deployment.md, SQLite."
    message = f"SQLite {sqlite3.sqlite_version} has a rare fault in WAL mode (sqlite.org/wal.html#walresetbug)."
    return [Info(message, hint=hint, id="trainyard.I001")]

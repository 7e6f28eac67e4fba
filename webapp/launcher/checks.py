"""System checks of the setup, which `manage.py` runs before every command."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Info, Tags, register

from webapp.launcher.address import is_loopback
from webapp.launcher.privacy import is_open_to_others

# In earlier versions, two processes that write and checkpoint at the same instant can damage a file in WAL mode.
SAFE_WAL = (3, 51, 3)


@register(Tags.security)
def no_wildcard_host(**options: Any) -> list[CheckMessage]:
    """With "*", links in invitations and the origin check of sockets trust the Host header of any request."""
    if "*" not in settings.ALLOWED_HOSTS or settings.DEBUG:
        return []
    hint = "Name the addresses under which the site is reached, such as ALLOWED_HOSTS=train.example.org."
    return [Error("ALLOWED_HOSTS is '*', which lets a request choose the site's name.", hint=hint, id="trainyard.E001")]


@register(Tags.security)
def no_leading_dot(**options: Any) -> list[CheckMessage]:
    """``.example.org`` lets requests name any host below it, including hosts of other owners."""
    names = [name for name in settings.ALLOWED_HOSTS if name.startswith(".")]
    if not names:
        return []
    hint = "Name the addresses under which the site is reached, one by one."
    message = f"ALLOWED_HOSTS has {', '.join(names)}, which lets a request choose any name below."
    return [checks.Warning(message, hint=hint, id="trainyard.W001")]


@register(Tags.security)
def debugging_is_private(**options: Any) -> list[CheckMessage]:
    """The debug page of an error shows source code, settings and SQL queries."""
    if not settings.DEBUG or is_loopback(settings.HOST):
        return []
    hint = "Leave DEBUG out, or listen on this machine only: HOST=127.0.0.1"
    message = f"DEBUG=1 would show the internals of the server to everyone who reaches {settings.HOST or 'it'}."
    return [Error(message, hint=hint, id="trainyard.E003")]


@register(Tags.security)
def redis_asks_for_a_password(**options: Any) -> list[CheckMessage]:
    """Anyone with access to Redis can start any queued job, and delete the messages of all jobs."""
    parts = urlsplit(settings.REDIS_URL)
    if parts.scheme == "unix" or parts.password or "password" in parse_qs(parts.query):
        return []
    if is_loopback(parts.hostname or "localhost"):
        return []
    hint = "Set `requirepass` in that server, and REDIS_URL=redis://:password@host:6379/0 here."
    return [Error(f"Redis on {parts.hostname} is used without a password.", hint=hint, id="trainyard.E004")]


@register(Tags.security)
def data_folder_is_private(**options: Any) -> list[CheckMessage]:
    """At start the folder is made private if this user owns it; if it is still open, it is shared or another user's."""
    if settings.SHARED_DATA or not is_open_to_others(settings.DATA_DIR):
        return []
    hint = "Give a folder of your own, TRAINYARD_DATA=/srv/trainyard, or say that it is shared: TRAINYARD_SHARED_DATA=1"
    message = f"Other users of this machine can read the data folder {settings.DATA_DIR}."
    return [checks.Warning(message, hint=hint, id="trainyard.W002")]


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
    """Only with ``check --deploy``, because the fault is rare and cannot be fixed from here."""
    is_sqlite = settings.DATABASES["default"]["ENGINE"].endswith("sqlite3")
    if not is_sqlite or sqlite3.sqlite_version_info >= SAFE_WAL:
        return []
    hint = "Keep backups, or set DATABASE_URL to a PostgreSQL database. See docs/deployment.md, SQLite."
    message = f"SQLite {sqlite3.sqlite_version} has a rare fault in WAL mode (sqlite.org/wal.html#walresetbug)."
    return [Info(message, hint=hint, id="trainyard.I001")]

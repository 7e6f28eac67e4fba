"""The settings with a SQLite that waits one second for a lock, not twenty, so that tests can outlast it."""

from webapp.settings import *  # noqa: F403 - all of them
from webapp.settings import DATABASES

if "sqlite3" in DATABASES["default"]["ENGINE"]:
    DATABASES["default"]["OPTIONS"]["timeout"] = 1

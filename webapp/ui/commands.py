"""The commands that pages and messages advise, as they work when typed in the folder of the project."""

from __future__ import annotations

import sys
from pathlib import Path

from django.conf import settings


def python() -> str:
    """The interpreter that runs this: ``.venv/bin/python`` after ``make run``, ``python`` in a container."""
    running = Path(sys.executable)
    return str(running.relative_to(settings.BASE_DIR)) if running.is_relative_to(settings.BASE_DIR) else "python"


def manage_command(*words: str) -> str:
    """``manage.py`` with ``words``."""
    return " ".join([python(), "manage.py", *words])

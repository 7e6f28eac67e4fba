"""Commands that pages and messages suggest, as typed in the project's folder."""

from __future__ import annotations

import sys
from pathlib import Path

from django.conf import settings


def python() -> str:
    """The current interpreter: ``.venv/bin/python`` after ``make run``, ``python`` in a container."""
    running = Path(sys.executable)
    return str(running.relative_to(settings.BASE_DIR)) if running.is_relative_to(settings.BASE_DIR) else "python"


def manage_command(*words: str) -> str:
    """The command line of ``manage.py`` with ``words``."""
    return " ".join([python(), "manage.py", *words])

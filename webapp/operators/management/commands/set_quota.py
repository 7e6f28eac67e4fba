"""``python manage.py set_quota TEAM SIZE``: limit what a team's checkpoints may take."""

from __future__ import annotations

import re
from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from webapp.operators import operating
from webapp.operators.management.named import team_named
from webapp.teams.models import LARGEST_QUOTA, SMALLEST_QUOTA

UNITS = {"kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}


class Command(BaseCommand):
    help = "Limit the total size of a team's checkpoints, or lift the limit."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("team", help="name or id of a team")
        parser.add_argument("size", type=num_bytes, help="such as 500MB, 20GB or 1.5TB; none for no limit")

    def handle(self, *args: Any, **options: Any) -> None:
        team = team_named(options["team"])
        limit = operating.set_quota(team, options["size"], None)
        self.stdout.write(f"The quota of {team} is now {limit}.")


def num_bytes(text: str) -> int | None:
    """Parse a size such as "20GB" into bytes, "none" into ``None``. Raises ``ArgumentTypeError``."""
    if text.lower() == "none":
        return None
    found = re.fullmatch(r"(\d+(?:\.\d+)?) ?(kB|MB|GB|TB)", text)
    size = round(float(found[1]) * UNITS[found[2]]) if found else 0
    if not SMALLEST_QUOTA <= size <= LARGEST_QUOTA:
        raise ArgumentTypeError(f"{text!r} is not a size from 1MB to 1000TB; write it like 500MB, 20GB or none.")
    return size

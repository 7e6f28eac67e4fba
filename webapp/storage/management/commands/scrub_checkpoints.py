"""``python manage.py scrub_checkpoints``: compare the files of all checkpoints with the database."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from webapp.storage.bucket import StoreUnavailable
from webapp.storage.scrubbing import ScrubReport, StoreMissing, scrub
from webapp.ui.filters import filesize_short

PARTS = (
    ("damaged", "Damaged or missing, and marked as such", "Damaged or missing"),
    ("unavailable", "Unavailable, and left as they are", "Unavailable"),
    ("unknown", "Not in the database, and left as they are", "Not in the database"),
    ("adopted", "Adopted: they now have a row", ""),
    ("half_removed", "Half removed; the rest was removed now", "Half removed"),
)


class Command(BaseCommand):
    help = (
        "Read every checkpoint and compare it with the database, both ways: mark what is damaged, finish what was "
        "half removed, report what the database does not have. Never deletes unknown files."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--report", action="store_true", help="change nothing; exit with 1 when something is wrong")
        how.add_argument("--adopt", action="store_true", help="give a row to intact checkpoints that have none")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = scrub(change=not options["report"], adopt=options["adopt"])
        except (StoreMissing, StoreUnavailable) as refusal:
            raise CommandError(str(refusal)) from refusal
        self._print(report, changed=not options["report"])
        if options["report"] and not report.is_clean:
            sys.exit(1)

    def _print(self, report: ScrubReport, *, changed: bool) -> None:
        for name, done, found in PARTS:
            lines = getattr(report, name)
            if lines:
                self.stdout.write(f"{done if changed else found} ({len(lines)}):")
                self.stdout.writelines(f"  {line}" for line in lines)
        if report.freed:
            self.stdout.write(f"{filesize_short(report.freed)} were freed.")
        self.stdout.write(f"Whole: {report.whole}.{' Nothing is wrong.' if report.is_clean else ''}")

"""How figures are written down: a section of docs/benchmarks.md for each bench, with machine and spread."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

PAGE = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"
HEAD = (
    "# Benchmarks\n\nEvery figure is measured by `make bench` in one run, both sides interleaved on the same machine.\n"
)


@dataclass(frozen=True)
class Row:
    """One figure: the median of the repeats, their spread, and what is wanted (at most)."""

    what: str
    median: float
    lowest: float
    highest: float
    goal: float
    unit: str = ""

    @classmethod
    def of(cls, what: str, values: Sequence[float], goal: float, unit: str = "") -> Row:
        """That of the ``values`` that the repeats gave."""
        return cls(what, statistics.median(values), min(values), max(values), goal, unit)

    def __str__(self) -> str:
        met = "yes" if self.median <= self.goal else "no"
        figures = f"{self.median:.3g} | {self.lowest:.3g} to {self.highest:.3g} | {self.goal:g}"
        return f"| {self.what}{f' ({self.unit})' if self.unit else ''} | {figures} | {met} |"


def machine() -> str:
    """The machine in words."""
    model = next(
        (line.split(":", 1)[1].strip() for line in _cpuinfo() if line.startswith("model name")), platform.processor()
    )
    return f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}, {datetime.now(UTC):%Y-%m-%d}"


def _cpuinfo() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.exists() else []


def write_section(title: str, where: str, rows: list[Row]) -> None:
    """Replace the section ``title`` of the page, or add it at the end."""
    table = ["| figure | median | spread | wanted at most | met |", "|---|---|---|---|---|", *map(str, rows)]
    section = f"## {title}\n\n{where}\n\n" + "\n".join(table) + "\n"
    text = PAGE.read_text() if PAGE.exists() else HEAD
    head, *sections = text.split("\n## ")
    kept = {part.splitlines()[0]: f"## {part.rstrip()}\n" for part in sections}
    kept[title] = section
    PAGE.write_text("\n".join([head.rstrip() + "\n", *kept.values()]))

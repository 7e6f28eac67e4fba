"""The colour of a run: the same in every chart."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from webapp.runs.models import Run

NUM_COLOURS = 10  # --run-1 to --run-10 of static/css/tokens.css: as many as everyone can distinguish


def colour_of(run: Run) -> int:
    """The number of the run's own colour, from 1: neighbours in an experiment have different ones."""
    return (run.number - 1) % NUM_COLOURS + 1


def colours_of(runs: Iterable[Run]) -> dict[UUID, int]:
    """The colours of runs that are drawn together, by id.

    Each has its own; if several share one, the oldest keeps it and the others get unused ones. So the colours depend
    on which runs are drawn, never on their order. Beyond ``NUM_COLOURS`` runs they repeat.
    """
    colours: dict[UUID, int] = {}
    others: list[Run] = []
    for run in sorted(runs, key=lambda run: (run.created_at, run.pk)):
        if colour_of(run) in colours.values():
            others.append(run)
        else:
            colours[run.pk] = colour_of(run)
    free = [colour for colour in range(1, NUM_COLOURS + 1) if colour not in colours.values()]
    for run in others:
        colours[run.pk] = free.pop(0) if free else colour_of(run)
    return colours

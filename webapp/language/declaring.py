"""Where else than in calls and templates the site has texts that a person reads: rooms declare them at start."""

from __future__ import annotations

from collections.abc import Callable, Iterable

Texts = Callable[[], Iterable[str]]
declared: dict[str, Texts] = {}


def declare(place: str, texts: Texts) -> None:
    """Let the catalog of the site hold what ``texts`` gives, which the module ``place`` renders as messages."""
    declared[place] = texts

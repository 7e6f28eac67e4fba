"""Numbers that an address or a form gives as text."""

from __future__ import annotations


def whole_number(text: str, *, digits: int) -> int | None:
    """The number that ``text`` is when it has at most so many ``digits``; ``None`` for any other text."""
    is_number = text.isascii() and text.isdigit() and len(text) <= digits
    return int(text) if is_number else None

"""The order of names: numbers by their size, letters in either case, Chinese by pinyin.

Databases sort by the collation ``names``. On PostgreSQL that is ICU's for Chinese where the server has ICU; SQLite
calls :func:`compare`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from django.db.models import F
from django.db.models.functions import Collate

COLLATION = "names"
PIECES = re.compile(r"(\d+)|([\u3400-\u9fff\U00020000-\U0003ffff])|([^\d\u3400-\u9fff\U00020000-\U0003ffff])")
Piece = tuple[int, int, str, str]


def by_name(field: str) -> Collate:
    """The expression that sorts rows by the name in ``field``."""
    return Collate(F(field), COLLATION)


@lru_cache(maxsize=20_000)
def name_key(name: str) -> tuple[Piece, ...]:
    """A key that sorts names in Python as the databases do."""
    return tuple(map(_piece, PIECES.findall(name)))


def _piece(found: tuple[str, str, str]) -> Piece:
    number, han, other = found
    if number:
        return (1, int(number), "", "")
    if han:
        return (3, 0, _pinyin(han), han)
    return (2 if other.isalpha() else 0, 0, other.casefold(), "")


def _pinyin(han: str) -> str:
    from pypinyin import Style, lazy_pinyin  # 20 MB of tables, which most processes never need

    return str(lazy_pinyin(han, style=Style.TONE3)[0])


def compare(one: str, other: str) -> int:
    """Negative, 0 or positive, for SQLite; names that only differ in case keep a fixed order."""
    first, second = (name_key(one), one), (name_key(other), other)
    return (first > second) - (first < second)


def teach_sqlite(sender: Any, connection: Any, **kwargs: Any) -> None:
    """Give the collation to a new connection to SQLite."""
    if connection.vendor == "sqlite":
        connection.connection.create_collation(COLLATION, compare)

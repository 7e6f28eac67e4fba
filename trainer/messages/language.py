"""The translation that messages are rendered with: English until somebody chooses another."""

from __future__ import annotations

import gettext
import os
from pathlib import Path
from typing import Protocol

CATALOGS = Path(__file__).parent.parent / "locale"
DOMAIN = "trainer"
CHINESE = "zh_Hans"


class Translation(Protocol):
    """What looks up a sentence: :class:`gettext.NullTranslations`, or Django's ``translation`` module."""

    def gettext(self, message: str) -> str: ...

    def ngettext(self, singular: str, plural: str, number: int) -> str: ...


_translation: Translation = gettext.NullTranslations()


def translation() -> Translation:
    return _translation


def use(chosen: Translation) -> None:
    """Render all messages of this process with ``chosen``, which may itself depend on who reads them."""
    global _translation
    _translation = chosen


def terminal_speaks_chinese() -> bool:
    """Whether LANGUAGE, LC_ALL, LC_MESSAGES or LANG asks for Chinese; the first that is set counts, as elsewhere."""
    named = (os.environ.get(name) for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"))
    return next(filter(None, named), "").lower().startswith("zh")


def of_terminal() -> Translation:
    """The translation in which a program at a terminal speaks."""
    languages = [CHINESE] if terminal_speaks_chinese() else ["en"]
    return gettext.translation(DOMAIN, CATALOGS, languages, fallback=True)

"""A language in which every sentence stands in brackets, and what of a page stands outside of them."""

from __future__ import annotations

import gettext
import re
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser

import pytest
from django.utils import translation

OPEN, CLOSE = "⟦", "⟧"
# What is not read, or the same in every language.
SILENT = {"script", "style", "code", "pre", "textarea", "kbd", "svg", "time", "title"}
VOID = {"input", "img", "br", "hr", "meta", "link", "source", "wbr", "path", "area", "col"}
READ_ALOUD = {"title", "aria-label", "placeholder", "alt", "data-confirm", "data-confirm-button", "data-empty"}
WORD = re.compile(r"[A-Za-z]{2,}")


class Bracketed(gettext.NullTranslations):
    def gettext(self, message: str) -> str:
        return f"{OPEN}{message}{CLOSE}" if message.strip() else message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


@contextmanager
def bracketed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Everything that goes through a translation comes out in brackets."""
    pseudo = Bracketed()
    django = translation._trans
    with monkeypatch.context() as patched:
        patched.setattr(django, "gettext", pseudo.gettext, raising=False)
        patched.setattr(django, "ngettext", pseudo.ngettext, raising=False)
        patched.setattr(django, "pgettext", lambda context, message: pseudo.gettext(message), raising=False)
        patched.setattr(django, "npgettext", lambda context, one, many, n: pseudo.ngettext(one, many, n), raising=False)
        yield


class Reader(HTMLParser):
    """Collects the words of a page that stand outside of brackets."""

    def __init__(self) -> None:
        super().__init__()
        self.depth, self.silent = 0, 0
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in SILENT or (self.silent and tag not in VOID) or ("translate", "no") in attrs:
            self.silent += 1
        for name, value in attrs:
            if name in READ_ALOUD and value and not self.silent:
                self.found += outside(value)[0]

    def handle_endtag(self, tag: str) -> None:
        if self.silent:
            self.silent -= 1

    def handle_data(self, data: str) -> None:
        if not self.silent:
            words, self.depth = outside(data, self.depth)
            self.found += words


def outside(text: str, depth: int = 0) -> tuple[list[str], int]:
    """The pieces of ``text`` outside of brackets that have a word, and how deep in brackets it ends."""
    found, piece = [], ""
    for character in text:
        if character == OPEN:
            depth += 1
        elif character == CLOSE:
            depth -= 1
        elif depth == 0:
            piece += character
            continue
        found.append(piece)
        piece = ""
    found.append(piece)
    return [" ".join(piece.split()) for piece in found if WORD.search(piece)], depth


def unmarked(page: str) -> list[str]:
    """What a page says that went through no translation."""
    reader = Reader()
    reader.feed(page)
    return reader.found

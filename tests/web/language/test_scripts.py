"""No script says a sentence outside of a translation."""

from __future__ import annotations

import re

import pytest
from django.conf import settings

SCRIPTS = sorted((settings.BASE_DIR / "static" / "js").rglob("*.js"))
COMMENT = re.compile(r"/\*.*?\*/|(?<![:\"'])//[^\n]*", re.DOTALL)
LITERAL = r"""(?:"[^"]*"|'[^']*')"""
TRANSLATED = re.compile(rf"\bn?gettext\(\s*{LITERAL}(?:,\s*{LITERAL})?")
# A text with a capital and two words that is no key of an object. Selectors, colours and addresses have none.
SENTENCE = re.compile(r"""(["'`])([A-Z][a-z]+(?: [a-z…]+)+[^"'`]*)\1(?!:)|\.textContent = (["'`])([A-Za-z][a-z]+)\3""")


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_every_sentence_goes_through_a_translation(path):
    code = TRANSLATED.sub("", COMMENT.sub("", path.read_text()))
    assert [found[0] for found in SENTENCE.finditer(code)] == []


def test_a_sentence_is_noticed():
    assert SENTENCE.search('node.textContent = "Nothing here yet";')
    assert SENTENCE.search('node.textContent = "Copied";')
    assert not SENTENCE.search(TRANSLATED.sub("", 'node.textContent = gettext("Nothing here yet");'))

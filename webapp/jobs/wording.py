"""Error messages for people: the cause, without the folders of the machine."""

from __future__ import annotations

import re

# An absolute path; not the middle of a URL, a fraction or a relative path.
ABSOLUTE_PATH = re.compile(r"(?<![\w:/.…])/(?:[^\s/'\"`,;:()]+/)+(?=[^\s/])")


def without_paths(text: str) -> str:
    """Returns ``text`` with every absolute path cut to its last name: ``…/spec.json``."""
    return ABSOLUTE_PATH.sub("…/", text)

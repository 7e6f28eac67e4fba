"""What an error may say to people: its cause, and nothing of the machine's folders."""

from __future__ import annotations

import re

# A path below the root of the file system; not the middle of an address, a fraction or a relative path.
ABSOLUTE_PATH = re.compile(r"(?<![\w:/.…])/(?:[^\s/'\"`,;:()]+/)+(?=[^\s/])")


def without_paths(text: str) -> str:
    """``text`` with every absolute path cut to its last name: ``…/spec.json``."""
    return ABSOLUTE_PATH.sub("…/", text)

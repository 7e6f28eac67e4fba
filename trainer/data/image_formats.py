"""Accepted picture formats, shared by the form, which checks how a file begins, and the trainer."""

from __future__ import annotations

import re

from trainer.messages.message import Message

# Pillow's name of each format, and the signature that its files begin with.
SIGNATURES = {"PNG": rb"\x89PNG\r\n\x1a\n", "JPEG": rb"\xff\xd8\xff", "WEBP": rb"RIFF....WEBP"}
FORMATS = tuple(SIGNATURES)
MEDIA_TYPES = tuple(f"image/{name.lower()}" for name in FORMATS)
IN_WORDS = Message("PNG, JPEG or WebP")
_ANY = re.compile(b"|".join(SIGNATURES.values()), re.DOTALL)


def is_accepted(content: bytes) -> bool:
    """Whether ``content`` begins with the signature of one of the formats."""
    return _ANY.match(content) is not None

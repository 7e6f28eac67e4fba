"""Logging: lines contain no secrets, and what anyone can cause by a request takes one short line."""

from __future__ import annotations

import logging
import re

# Invitations, first accounts and sign-ins: such an address alone grants access.
ONE_TIME_LINK = re.compile(r"/(join|welcome|sign-in)/[^/\s?\"']+")
LONGEST_WORD = 300


def without_secrets(text: str) -> str:
    """Return the text with the secrets in addresses of one-time links blanked."""
    return ONE_TIME_LINK.sub(r"/\1/…", text)


class Formatter(logging.Formatter):
    """Blanks secrets in the whole line, its traceback too."""

    def format(self, record: logging.LogRecord) -> str:
        return without_secrets(super().format(record))


class Concise(logging.Filter):
    """Shortens long addresses, drops tracebacks of answers below 500, and logs refused requests as warnings at most."""

    def filter(self, record: logging.LogRecord) -> bool:
        if not record.name.startswith(("django.request", "django.security")):
            return True
        is_security = record.name.startswith("django.security")
        if is_security and record.levelno > logging.WARNING:
            record.levelno, record.levelname = logging.WARNING, "WARNING"
        if is_security or getattr(record, "status_code", 500) < 500:
            record.exc_info = record.exc_text = None
        if isinstance(record.args, tuple):
            record.args = tuple(_cut(word) if isinstance(word, str) else word for word in record.args)
        if not record.args:
            record.msg = _cut(str(record.msg))
        return True


class WithoutSecrets(logging.Filter):
    """For loggers with a formatter of their own, such as the access log of uvicorn."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = without_secrets(str(record.msg))
        if isinstance(record.args, tuple):
            record.args = tuple(without_secrets(word) if isinstance(word, str) else word for word in record.args)
        return True


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_WORD else f"{text[:LONGEST_WORD]}…"

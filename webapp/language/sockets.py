"""The language of a socket: that of the page that opened it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings


def language_of_scope(scope: Mapping[str, Any]) -> str:
    """What ``?language=`` in the socket's address names; English if that is no language of the site."""
    asked = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("language", [""])[0]
    return asked if asked in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE

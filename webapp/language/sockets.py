"""The language of a socket's reader."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import translation


def language_of_scope(scope: Mapping[str, Any]) -> str:
    """That of the person in the socket's ``scope``, else the one that its handshake asked for."""
    own = getattr(scope.get("user"), "language", "")
    if own in dict(settings.LANGUAGES):
        return str(own)
    return translation.get_language_from_request(_handshake(scope))


def _handshake(scope: Mapping[str, Any]) -> HttpRequest:
    """The handshake of ``scope``, as far as it names a language."""
    request = HttpRequest()
    request.COOKIES = dict(scope.get("cookies", {}))
    headers = dict(scope.get("headers", ()))
    request.META["HTTP_ACCEPT_LANGUAGE"] = headers.get(b"accept-language", b"").decode("latin-1")
    return request

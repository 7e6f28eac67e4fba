"""Security headers: what a page may load and who may cache it. Also which origins may open sockets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.utils.http import is_same_domain

# Plotly sets inline styles, and makes images for download through blob: and data: URLs.
POLICY = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}


class SecurityHeadersMiddleware:
    """Adds a content security policy, and keeps pages of signed-in people out of shared caches."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.setdefault("Content-Security-Policy", policy_for(request))
        response.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        user = getattr(request, "user", None)
        if user is not None and user.is_authenticated:
            response.setdefault("Cache-Control", "private, no-cache")
        return response


def policy_for(request: HttpRequest) -> str:
    """Return the policy. Older browsers do not include WebSockets in ``'self'``, so they are named."""
    host = request.META.get("HTTP_HOST", "")
    sockets = f" ws://{host} wss://{host}" if host.replace(".", "").replace("-", "").replace(":", "").isalnum() else ""
    return "; ".join(f"{name} {value}" for name, value in (POLICY | {"connect-src": f"'self'{sockets}"}).items())


OTHER_ORIGIN = 4403


async def refuse_socket(receive: Any, send: Any, code: int) -> None:
    """Refuse a socket before it is opened: the browser gets 403, the tests see ``code``."""
    await receive()
    await send({"type": "websocket.close", "code": code})


class SameOriginSockets:
    """Lets only pages of this site open sockets, because browsers send a person's cookie along from any page.

    The origin has to be the site's in scheme, host and port, or one of ``CSRF_TRUSTED_ORIGINS``: the rule of Django
    for forms. Another port of the same host is another site.
    """

    def __init__(self, application: Any) -> None:
        self.application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        handshake = Handshake(scope)
        if is_own_origin(handshake, handshake.headers.get("Origin", "")):
            return await self.application(scope, receive, send)
        return await refuse_socket(receive, send, OTHER_ORIGIN)


class Handshake(HttpRequest):
    """The request that opens a socket, so that Django's rules for hosts and for TLS behind a proxy apply to it."""

    def __init__(self, scope: Any) -> None:
        super().__init__()
        self.is_tls = scope.get("scheme") in {"wss", "https"}
        for name, value in scope["headers"]:
            self.META[f"HTTP_{name.decode('latin1').upper().replace('-', '_')}"] = value.decode("latin1")
        self.META |= {"SERVER_NAME": "", "SERVER_PORT": "443" if self.is_tls else "80"}

    def _get_scheme(self) -> str:
        return "https" if self.is_tls else "http"


def is_own_origin(request: HttpRequest, origin: str) -> bool:
    try:
        own = f"{request.scheme}://{request.get_host()}"
        given = urlsplit(origin)
    except (DisallowedHost, ValueError):
        return False
    return origin == own or any(
        origin == trusted or is_in_trusted_domain(trusted, given.scheme, given.netloc)
        for trusted in settings.CSRF_TRUSTED_ORIGINS
    )


def is_in_trusted_domain(trusted: str, scheme: str, netloc: str) -> bool:
    """Whether ``trusted`` has the form ``https://*.example.org`` and the origin matches it."""
    trusted_scheme, _, pattern = trusted.partition("://")
    return pattern.startswith("*") and trusted_scheme == scheme and is_same_domain(netloc, pattern.lstrip("*"))

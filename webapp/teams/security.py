"""Headers of every response: what a page may load, and who may keep a copy of it."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

# Plotly sets styles on elements and draws its download pictures through blob: and data: URLs.
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
    """Older browsers do not count the site's own WebSockets as ``'self'``, so they are named."""
    host = request.META.get("HTTP_HOST", "")
    sockets = f" ws://{host} wss://{host}" if host.replace(".", "").replace("-", "").replace(":", "").isalnum() else ""
    return "; ".join(f"{name} {value}" for name, value in (POLICY | {"connect-src": f"'self'{sockets}"}).items())

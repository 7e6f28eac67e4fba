"""URLs of the sockets."""

from __future__ import annotations

from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter
from django.urls import URLPattern, path, re_path

from webapp.http.security_headers import SameOriginSockets
from webapp.metrics.consumers import RunConsumer, no_such_socket

websocket_urlpatterns: list[URLPattern] = [
    path("ws/runs/<uuid:run_id>/", RunConsumer.as_asgi()),  # type: ignore[arg-type]
]
elsewhere: URLPattern = re_path("", no_such_socket)  # type: ignore[arg-type]
sockets = SameOriginSockets(AuthMiddlewareStack(URLRouter([*websocket_urlpatterns, elsewhere])))

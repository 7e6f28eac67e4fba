"""Addresses of the sockets."""

from __future__ import annotations

from django.urls import URLPattern, path

from webapp.runs.consumers import RunConsumer

websocket_urlpatterns: list[URLPattern] = [
    path("ws/runs/<uuid:run_id>/", RunConsumer.as_asgi()),  # type: ignore[arg-type]
]

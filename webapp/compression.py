"""Middleware that sends less: scripts and styles compressed and kept by browsers, pages and JSON compressed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import StaticFile

from webapp.static_files import compressed

TEXT = ("text/", "application/json", "image/svg+xml")


class StaticFilesMiddleware(WhiteNoiseMiddleware):  # type: ignore[misc]
    """Serves the static files, compressed, for good: another content has another ``STATIC_URL``."""

    def immutable_file_test(self, path: str, url: str) -> bool:
        return not self.autorefresh

    def get_static_file(self, path: str, url: str, stat_cache: Any = None) -> StaticFile:
        served = super().get_static_file(path, url, stat_cache)
        if self.autorefresh:
            return served
        copy = compressed(Path(path), url.removeprefix(self.static_prefix), settings.DATA_DIR / "cache" / "static")
        if copy is None:
            return served
        # Its copy does not lie beside it, where WhiteNoise looks.
        _, _, headers = served.alternatives[-1]
        bare = [(name, value) for name, value in headers if name != "Content-Length"]
        return StaticFile(path, bare, encodings={"gzip": str(copy)})


class TextGZipMiddleware(GZipMiddleware):
    """Compresses text that is sent at once. Downloads are streamed as they are, so that ranges of them stay right."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if response.streaming or not response.get("Content-Type", "").startswith(TEXT):
            return response
        return super().process_response(request, response)

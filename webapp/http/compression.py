"""Middleware for compression: scripts and styles compressed and cached by browsers, pages and JSON compressed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import StaticFile

from webapp.http.static_files import compressed

TEXT = ("text/", "application/json", "image/svg+xml")


class StaticFilesMiddleware(WhiteNoiseMiddleware):  # type: ignore[misc]
    """Serves the static files, compressed, as immutable: changed content has another ``STATIC_URL``.

    A file is read when it is first requested, not at startup. Several threads may request it at once, so it stays in
    ``unread`` until it is in ``files``.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.unread: dict[str, Path] = {}  # by URL
        super().__init__(*args, **kwargs)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if path := self.unread.get(request.path_info):
            self.read(path, request.path_info)
        response: HttpResponseBase = super().__call__(request)
        return response

    def immutable_file_test(self, path: str, url: str) -> bool:
        return not self.autorefresh

    def add_file_to_dictionary(self, url: str, path: str, stat_cache: Any = None) -> None:
        self.unread[url] = Path(path)

    def read(self, path: Path, url: str) -> None:
        """Let WhiteNoise serve the file from now on."""
        super().add_file_to_dictionary(url, str(path))
        self.files[url] = self.with_copy(self.files[url], path, url)
        self.unread.pop(url, None)

    def with_copy(self, served: StaticFile, path: Path, url: str) -> StaticFile:
        """Return the file with its compressed copy, which is not beside it, where WhiteNoise would look."""
        copy = compressed(path, url.removeprefix(self.static_prefix), settings.DATA_DIR / "cache" / "static")
        if copy is None:
            return served
        _, _, headers = served.alternatives[-1]
        bare = [(name, value) for name, value in headers if name != "Content-Length"]
        return StaticFile(str(path), bare, encodings={"gzip": str(copy)})


class TextGZipMiddleware(GZipMiddleware):
    """Compresses text that is not streamed. Downloads are streamed uncompressed, so that byte ranges stay correct."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if response.streaming or not response.get("Content-Type", "").startswith(TEXT):
            return response
        return super().process_response(request, response)

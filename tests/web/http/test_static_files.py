"""What a browser loads: compressed, kept for good under an address of its own, and never the wrong content."""

from __future__ import annotations

import gzip
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpResponseNotFound
from django.test import Client, RequestFactory
from django.urls import reverse

from webapp.http.compression import StaticFilesMiddleware
from webapp.http.static_files import compressed, digest_of

pytestmark = pytest.mark.one_database

GZIP = {"HTTP_ACCEPT_ENCODING": "gzip, deflate, br"}


def loaded(name, **headers):
    """The answer for the static file ``name`` and its whole body."""
    response = Client().get(settings.STATIC_URL + name, **headers)
    return response, b"".join(response.streaming_content)


@pytest.mark.parametrize("name", ["plotly/plotly.min.js", "css/run.css", "js/runs/live-run.js"])
def test_static_files_come_compressed_and_are_kept_for_good(name):
    response, body = loaded(name, **GZIP)
    original = Path(finders.find(name)).read_bytes()
    assert (response["Content-Encoding"], response["Vary"]) == ("gzip", "Accept-Encoding")
    assert "immutable" in response["Cache-Control"]
    assert int(response["Content-Length"]) == len(body) < len(original) / 1.7
    assert gzip.decompress(body) == original


def test_without_gzip_a_file_comes_as_it_is():
    response, body = loaded("css/run.css")
    assert not response.has_header("Content-Encoding")
    assert body.decode() == (settings.BASE_DIR / "static/css/run.css").read_text()


def test_all_who_ask_at_once_for_a_file_that_nobody_asked_for_yet_get_it(monkeypatch):
    together = threading.Barrier(4, timeout=20)

    def slowly(*args):
        together.wait()
        return compressed(*args)

    monkeypatch.setattr("webapp.http.compression.compressed", slowly)
    middleware = StaticFilesMiddleware(lambda request: HttpResponseNotFound())
    request = RequestFactory().get(settings.STATIC_URL + "js/common/keys.js")
    with ThreadPoolExecutor(4) as pool:
        assert [answer.status_code for answer in pool.map(middleware, [request] * 4)] == [200] * 4


def test_a_copy_is_made_once_and_again_when_the_file_changes(tmp_path):
    file, cache = tmp_path / "a.js", tmp_path / "cache"
    file.write_text("one();" * 200)
    first = compressed(file, "js/a.js", cache)
    made = first.stat().st_mtime_ns
    assert compressed(file, "js/a.js", cache).stat().st_mtime_ns == made
    file.write_text("two();" * 300)
    assert gzip.decompress(compressed(file, "js/a.js", cache).read_bytes()) == file.read_bytes()
    assert len(list(cache.iterdir())) == 2


def test_where_nothing_can_be_written_a_file_is_served_as_it_is(tmp_path):
    file = tmp_path / "a.js"
    file.write_text("one();" * 200)
    assert compressed(file, "a.js", file / "no folder") is None


def test_another_content_or_version_has_another_address(tmp_path):
    (tmp_path / "a.js").write_text("one();")
    first = digest_of(tmp_path, ["1"])
    assert digest_of(tmp_path, ["2"]) != first == digest_of(tmp_path, ["1"])
    (tmp_path / "a.js").write_text("two();")
    assert digest_of(tmp_path, ["1"]) != first


def test_pages_and_json_are_compressed_for_browsers_that_can(member, client_of):
    for name in ("runs", "help-fields"):
        response = client_of(member).get(reverse(name), **GZIP)
        assert response["Content-Encoding"] == "gzip"
        assert b"<html" in gzip.decompress(response.content)
    assert not client_of(member).get(reverse("runs")).has_header("Content-Encoding")


def test_what_is_streamed_is_left_as_it_is(member, client_of):
    response = client_of(member).get(reverse("runs-export"), **GZIP)
    assert response.streaming
    assert not response.has_header("Content-Encoding")

"""Log lines: no link that still works is in them, and requests of strangers do not fill them."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest
from django.test import Client

import webapp.asgi  # noqa: F401 - adds its filter to the access log
from webapp.http.logs import Formatter
from webapp.launcher.children import LOGGED_ERROR
from webapp.teams import links


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the handler of our settings writes."""
    handler = next(one for one in logging.getLogger().handlers if isinstance(one.formatter, Formatter))
    assert isinstance(handler, logging.StreamHandler)
    written = io.StringIO()
    before = handler.setStream(written)
    yield written
    handler.setStream(before or handler.stream)


@pytest.fixture
def browser() -> Client:
    return Client(enforce_csrf_checks=True, raise_request_exception=False)


def test_a_link_that_still_works_is_blanked_where_its_form_is_refused(db, browser, log):
    path = links.new_sign_in_link(None)
    assert browser.post(path).status_code == 403
    assert log.getvalue().startswith("WARNING django.security.csrf: Forbidden (CSRF")
    assert "/welcome/…/" in log.getvalue()
    assert path.split("/")[2] not in log.getvalue()


@pytest.mark.parametrize("page", ["join", "welcome", "sign-in"])
def test_links_are_blanked_in_spent_ones_and_in_tracebacks(db, browser, log, page):
    address = f"/{page}/Sec-ret_7/"
    browser.get(address)
    try:
        raise ValueError(f"http://h{address}?next=/")
    except ValueError:
        logging.getLogger("webapp").exception("failed at /%s/Sec-ret_7", page)
    assert log.getvalue().count(f"/{page}/…") == 3
    assert "Sec-ret_7" not in log.getvalue()


def test_the_access_log_of_uvicorn_has_no_secret_either(caplog):
    caplog.set_level(logging.INFO, logger="uvicorn.access")
    logger = logging.getLogger("uvicorn.access")
    logger.addHandler(caplog.handler)
    logger.warning('%s - "%s %s HTTP/%s" %d', "1.2.3.4:5", "GET", "/join/Sec-ret_7/?a=b", "1.1", 200)
    logger.removeHandler(caplog.handler)
    assert '"GET /join/…/?a=b HTTP/1.1" 200' in caplog.text
    assert "Sec-ret_7" not in caplog.text


def test_the_sign_in_page_itself_is_named(browser, log):
    browser.post("/sign-in/")
    assert "/sign-in/" in log.getvalue()


def test_a_long_address_is_cut(db, browser, log):
    browser.get("/" + "a%20" * 15_000)
    assert log.getvalue().startswith("WARNING django.request: Not Found: /a a a")
    assert len(log.getvalue()) < 350


def test_a_refusal_is_one_line(client_of, viewer, log):
    assert client_of(viewer).post("/experiments/new/").status_code == 403
    assert log.getvalue().count("\n") == 1
    assert "Forbidden (Permission denied)" in log.getvalue()


def test_a_wrong_host_is_a_short_warning(browser, log):
    browser.get("/", headers={"host": "evil.example" + "x" * 5000})
    assert log.getvalue().startswith("WARNING django.security.DisallowedHost: Invalid HTTP_HOST")
    assert (log.getvalue().count("\n"), len(log.getvalue()) < 400) == (1, True)


def test_our_own_mistakes_keep_their_traceback(log):
    try:
        raise ValueError("oops")
    except ValueError:
        logging.getLogger("django.request").exception("Internal Server Error: %s", "/", extra={"status_code": 500})
    assert "Traceback" in log.getvalue()


@pytest.mark.parametrize(
    ("line", "is_shown"),
    [
        ("ERROR webapp.workers.tasks: out of memory", True),
        ("ERROR:    [Errno 98] address already in use", True),
        ("[2026-11-24 16:00:00,000: CRITICAL/MainProcess] Unrecoverable error", True),
        ("WARNING django.request: Not Found: /ERROR", False),
        ("WARNING django.security.DisallowedHost: Invalid HTTP_HOST header: 'ERROR'", False),
    ],
)
def test_only_errors_are_shown_where_it_was_started(line, is_shown):
    assert bool(LOGGED_ERROR.match(line)) == is_shown

"""Which pages may open sockets, and what a browser may say there: without a socket, because both are pure."""

from __future__ import annotations

from typing import Any

import pytest

from webapp.http.security_headers import Handshake, is_own_origin
from webapp.metrics.consumers import number_in


def may_open(origin: str, host: str, *more: tuple[bytes, bytes]) -> bool:
    headers = [(b"host", host.encode()), (b"origin", origin.encode()), *more]
    handshake = Handshake({"scheme": "ws", "headers": headers})
    return is_own_origin(handshake, handshake.headers["Origin"])


@pytest.mark.parametrize(
    ("origin", "host", "is_own"),
    [
        ("http://127.0.0.1:8000", "127.0.0.1:8000", True),
        ("http://localhost", "localhost", True),
        ("http://[::1]:8000", "[::1]:8000", True),
        ("https://train.example", "localhost", True),
        ("https://a.school.example", "localhost", True),
        ("http://127.0.0.1:9999", "127.0.0.1:8000", False),
        ("http://127.0.0.1", "127.0.0.1:8000", False),
        ("https://127.0.0.1:8000", "127.0.0.1:8000", False),
        ("http://a.school.example", "localhost", False),
        ("https://a.school.example:8443", "localhost", False),
        ("https://school.example.evil", "localhost", False),
        ("http://evil.example", "127.0.0.1:8000", False),
        ("http://evil.example", "evil.example", False),
        ("http://[", "127.0.0.1:8000", False),
        ("null", "127.0.0.1:8000", False),
        ("", "127.0.0.1:8000", False),
    ],
)
def test_only_pages_of_this_site_open_sockets(settings: Any, origin: str, host: str, is_own: bool) -> None:
    settings.CSRF_TRUSTED_ORIGINS = ["https://train.example", "https://*.school.example"]
    assert may_open(origin, host) is is_own


def test_behind_a_proxy_that_speaks_tls_the_origin_is_https(settings: Any) -> None:
    forwarded = (b"x-forwarded-proto", b"https")
    assert not may_open("https://localhost", "localhost", forwarded)
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert may_open("https://localhost", "localhost", forwarded)


NONSENSE = ['{"after": -1}', '{"after": "1"}', '{"after": true}', "[]", "{}", "", "after", '{"after": 1e400}', None]
NONSENSE += ["[" * 150, "[" * 20_000, '{"after": 9223372036854775808}', f'{{"after": {"1" * 5000}}}']


@pytest.mark.parametrize("said", NONSENSE)
def test_what_a_browser_cannot_mean_is_no_number(said: str | None) -> None:
    assert number_in(said) is None


@pytest.mark.parametrize("number", [0, 17, 2**63 - 1])
def test_a_browser_says_after_which_event_to_begin(number: int) -> None:
    assert number_in(f'{{"after": {number}}}') == number

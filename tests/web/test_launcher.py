"""What ``make run`` starts, and what it and the pages tell people to type."""

from __future__ import annotations

import pytest

from webapp.launcher import product


@pytest.mark.parametrize(
    ("https", "trusted", "option"),
    [(False, "", "--no-proxy-headers"), (True, "", "--proxy-headers"), (False, "10.0.0.1", "--proxy-headers")],
)
def test_only_behind_a_proxy_somebody_is_believed_about_addresses(settings, monkeypatch, https, trusted, option):
    settings.HTTPS = https
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", trusted)
    assert [word for word in product.web_command() if "proxy" in word] == [option]

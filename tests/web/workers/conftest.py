"""Workers that wait for the store only a moment."""

from __future__ import annotations

import pytest

from webapp.workers.recording import store_fetch


@pytest.fixture(autouse=True)
def quickly(monkeypatch, settings):
    settings.STORE_TIMEOUT_SECONDS = 0.3
    monkeypatch.setattr(store_fetch, "ARRIVAL_SECONDS", 0.2)
    monkeypatch.setattr(store_fetch, "PAUSE_SECONDS", 0.05)

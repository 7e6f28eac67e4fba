"""A running product and a browser, once for all browser tests."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser import chromium
from tests.product import Product

TRACES = Path("test-results")


@pytest.fixture(scope="session")
def product() -> Iterator[Product]:
    folder = Path(tempfile.mkdtemp(prefix="trainyard-browser-"))
    running = Product(folder / "data")
    assert running.link, f"{running.line}\n{running.logs()}"
    yield running
    running.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def context(browser: Browser, product: Product) -> Iterator[BrowserContext]:
    """The browser of the person who founds the team."""
    with browser.new_context(base_url=product.address, viewport={"width": 1440, "height": 900}) as context:
        yield context


@pytest.fixture
def page(context: BrowserContext, request: pytest.FixtureRequest, product: Product) -> Iterator[Page]:
    """A page on which nothing may go wrong in a script; a picture is kept of one where a test failed."""
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    TRACES.mkdir(exist_ok=True)
    page.screenshot(path=TRACES / f"{request.node.name}.png", full_page=True)
    page.close()
    assert errors == []

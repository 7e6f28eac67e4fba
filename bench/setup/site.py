"""A running product with a first account, and a browser that is signed in: where page measurements begin."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, sync_playwright

from bench.setup.scratch import scratch_folder
from tests.browser import chromium
from tests.browser.pages import create_account
from tests.product import Product


@dataclass
class Site:
    """The product, and the browser of the person who founded the team."""

    product: Product
    context: BrowserContext
    page: Page
    begin: str


@contextmanager
def data_folder() -> Iterator[Path]:
    """A data folder, which is not there yet and is removed afterwards."""
    with scratch_folder() as folder:
        yield folder / "data"


@contextmanager
def site(width: int = 1440, height: int = 900) -> Iterator[Site]:
    """Start everything, create the first account, and end everything again."""
    with data_folder() as data, sync_playwright() as playwright:
        product = Product(data)
        browser = chromium.launch(playwright)
        context = browser.new_context(base_url=product.address, viewport={"width": width, "height": height})
        page = context.new_page()
        page.goto(product.link)
        create_account(page, "Ada", "Create account and team", team="Signals")
        page.get_by_role("button", name="Launch the example").wait_for()
        try:
            yield Site(product, context, page, page.url)
        finally:
            browser.close()
            product.stop()

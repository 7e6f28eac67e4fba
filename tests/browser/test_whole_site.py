"""What scripts do on every page: keys, menus, themes, questions before a change, copying. After the story, by name."""

from __future__ import annotations

import re
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.pages import RunPage, create_account
from tests.product import Product

pytestmark = pytest.mark.timeout(240)
PAGES = ["/experiments/", "/runs/", "/runs/new/", "/checkpoints/", "/datasets/", "/compare/", "/workers/"]
PAGES += ["/site/", "/site/teams/", "/site/log/", "/team/", "/account/", "/help/", "/help/fields/", "/api/v1/docs/"]


@pytest.fixture(scope="module")
def signed_in(browser: Browser, product: Product) -> BrowserContext:
    """A browser of its own, so that themes and cookies of the story stay as they are."""
    context = browser.new_context(base_url=product.address, permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(product.manage("sign_in_link"))
    if "/welcome/" in page.url:
        create_account(page, "Ada", "Create account and team", team="Signals")
    else:
        page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile("/experiments/"))
    page.close()
    return context


@pytest.fixture
def page(signed_in: BrowserContext) -> Page:
    return signed_in.new_page()


def test_slash_goes_to_the_search_field(page: Page) -> None:
    page.goto("/help/fields/")
    page.keyboard.press("/")
    expect(page.get_by_label("Search the fields")).to_be_focused()


def test_keys_do_nothing_while_somebody_types(page: Page) -> None:
    page.goto("/help/fields/")
    page.get_by_label("Search the fields").press_sequentially("gr/?")
    expect(page.get_by_label("Search the fields")).to_have_value("gr/?")
    expect(page.locator("#keys-dialog")).to_be_hidden()


def test_question_mark_shows_the_keys_and_escape_closes_them(page: Page) -> None:
    page.goto("/team/")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_hidden()


def test_g_and_a_letter_go_to_a_section(page: Page) -> None:
    page.goto("/team/")
    page.keyboard.press("g")
    page.keyboard.press("d")
    page.wait_for_url(re.compile("/datasets/$"))


def test_ctrl_k_on_a_page_without_a_search_finds_a_run_by_its_name(page: Page) -> None:
    page.goto("/runs/new/")
    page.locator("[name=run-name]").fill("Needle")
    page.get_by_role("button", name="Launch", exact=True).click()
    run = RunPage(page).url
    page.goto("/team/")
    page.keyboard.press("Control+k")
    expect(page.get_by_label("Name or notes")).to_be_focused()
    page.keyboard.type("needle")
    page.keyboard.press("Enter")
    found = page.locator("#run-table tbody th a[href^='/runs/']")
    expect(found).to_have_text(["Needle"])
    found.press("Enter")
    expect(page).to_have_url(run)


def test_a_chosen_theme_is_painted_at_once_and_after_a_reload(page: Page) -> None:
    page.goto("/account/")
    page.locator("main").get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.reload()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(14, 16, 19)"
    page.locator("main").get_by_role("button", name="System").click()


def test_a_run_colour_reads_as_a_plain_colour_of_the_theme(page: Page) -> None:
    page.goto("/account/")
    read = 'getComputedStyle(document.documentElement).getPropertyValue("--run-1")'
    light = page.evaluate(read)
    page.locator("main").get_by_role("button", name="Dark").click()
    assert light.startswith("rgb(")
    assert page.evaluate(read).startswith("rgb(") and page.evaluate(read) != light  # noqa: PT018 - one statement
    page.locator("main").get_by_role("button", name="System").click()


def new_token(page: Page, name: str) -> None:
    page.goto("/account/")
    page.get_by_label("What is it for?").fill(name)
    page.get_by_role("button", name="Create token").click()


def test_a_new_token_can_be_copied(page: Page) -> None:
    new_token(page, "to copy")
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == page.locator("#token-secret").input_value()


def test_a_change_that_cannot_be_undone_is_asked_about(page: Page) -> None:
    new_token(page, "to revoke")
    row = page.get_by_role("row", name=re.compile("to revoke"))
    row.get_by_role("button", name="Revoke").click()
    page.get_by_role("button", name="Cancel").click()
    expect(row).to_be_visible()
    row.get_by_role("button", name="Revoke").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("“to revoke” no longer works.")).to_be_visible()


def test_no_page_breaks_its_own_content_policy(page: Page) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    for path in PAGES:
        page.goto(path)
    assert complaints == []


@pytest.mark.parametrize("path", PAGES)
def test_no_page_is_wider_than_a_phone(page: Page, path: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("path", ["/experiments/", "/runs/", "/checkpoints/", "/team/"])
def test_no_list_scrolls_sideways_on_a_phone(page: Page, path: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(path)
    wide = "all => all.filter(each => each.scrollWidth > each.clientWidth + 1).length"
    assert page.locator(".table-scroll").evaluate_all(wide) == 0


def test_the_menu_opens_on_a_phone_without_scripts(
    browser: Browser, signed_in: BrowserContext, product: Product
) -> None:
    state = signed_in.storage_state()
    phone = {"width": 390, "height": 844}
    with browser.new_context(
        base_url=product.address, storage_state=state, java_script_enabled=False, viewport=phone
    ) as context:
        page = context.new_page()
        page.goto("/help/")
        page.locator("summary", has=page.locator("svg")).first.click()
        page.get_by_role("link", name="Datasets", exact=True).click()
        expect(page.get_by_role("heading", name="Datasets")).to_be_visible()


def addresses_of_runs(page: Page) -> list[str]:
    """A run with each of its tabs, one of its checkpoints, and a comparison."""
    page.goto("/runs/")
    runs = [
        link.get_attribute("href") or "" for link in page.locator("tr:has(.badge-finished) th a[href^='/runs/']").all()
    ]
    assert runs, "the story has launched runs"
    tabs = [f"{runs[-1]}#{tab}" for tab in ("charts", "checkpoints", "log", "system", "spec", "exactness")]
    page.goto("/checkpoints/")
    checkpoint = page.locator("main a[href^='/checkpoints/']").filter(has_text="cp-").first.get_attribute("href") or ""
    ids = ",".join(run.split("/")[2] for run in runs[:2])
    return [*tabs, checkpoint, f"/compare/?runs={ids}"]


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_no_page_keeps_anybody_out(page: Page, width: int, scheme: Literal["light", "dark"]) -> None:
    """What axe-core finds: names, contrast, roles, headings, focus. https://github.com/dequelabs/axe-core"""
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    found = []
    for url in [*PAGES, *addresses_of_runs(page)]:
        page.goto(url)
        if url.endswith("#charts") or "?runs=" in url:
            page.locator(".main-svg").first.wait_for()
        violations = Axe().run(page).response["violations"]
        found += [(url, broken["id"], node["html"][:120]) for broken in violations for node in broken["nodes"]]
    assert found == []

"""A run that trains and saves checkpoints all the time disturbs nobody who uses its page. After the story, by name."""

from __future__ import annotations

import re
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from playwright.sync_api import Page, Request, WebSocketRoute, expect

from tests.browser.pages import LONG, RunPage, create_account, field
from tests.product import Product

pytestmark = pytest.mark.timeout(240)
STOP = """() => {
  const form = document.querySelector('form[action$="/stop/"]');
  return fetch(form.action, { method: "POST", body: new FormData(form) });
}"""
# More than any machine trains while these tests last.
EPOCHS = "90000"
ACTIVE = "document.activeElement.textContent.trim()"


@pytest.fixture(scope="module")
def watched() -> SimpleNamespace:
    """The address of the run that the tests watch."""
    return SimpleNamespace(url="")


@pytest.fixture
def run(page: Page, product: Product, watched: SimpleNamespace) -> RunPage:
    """The page of a run that trains for minutes and saves a checkpoint after every epoch."""
    page.set_default_timeout(LONG)
    if watched.url:
        page.goto(watched.url)
        return RunPage(page)
    sign_in(page, product)
    page.goto("/runs/new/")
    for name, value in {"fit.epochs": EPOCHS, "checkpoints.every_epochs": "1"}.items():
        section = field(page, name).locator("xpath=ancestor::details[1]")
        if section.count() and section.get_attribute("open") is None:
            section.locator("summary").first.click()
        field(page, name).fill(value)
    page.get_by_role("button", name="Launch", exact=True).click()
    shown = RunPage(page)
    watched.url = shown.url
    shown.wait_for_points(2)
    return shown


def sign_in(page: Page, product: Product) -> None:
    """As the person of the story, or as the first one when this file is run alone."""
    page.goto("/experiments/")
    if "sign-in" not in page.url:
        return
    page.goto(product.link)
    if page.get_by_role("button", name="Create account and team").count():
        create_account(page, "Ada", "Create account and team", team="Signals")
    page.wait_for_url(re.compile("/experiments/"), timeout=LONG)


@pytest.fixture
def refreshes(page: Page) -> Callable[[int], None]:
    """Waits until the parts of the page were read so many times more."""
    seen: list[str] = []
    page.on("requestfinished", lambda request: seen.append(request.url) if "/parts/" in request.url else None)

    def wait(count: int) -> None:
        until = len(seen) + count
        while len(seen) < until:
            page.wait_for_event("requestfinished", is_parts, timeout=LONG)

    return wait


def is_parts(request: Request) -> bool:
    return "/parts/" in request.url


def test_focus_and_selection_survive_ten_checkpoints(run: RunPage, refreshes: Callable[[int], None]) -> None:
    run.page.locator(".run-head").get_by_role("link", name="Compare").focus()
    run.page.evaluate("getSelection().selectAllChildren(document.querySelector('.run-name'))")
    selected = run.page.evaluate("getSelection().toString()")
    refreshes(10)
    assert run.page.evaluate(ACTIVE) == "Compare"
    assert run.page.evaluate("getSelection().toString()") == selected != ""


def test_selected_text_of_the_log_stays_selected_and_in_sight(run: RunPage) -> None:
    page = run.page
    run.tab("Log")
    line = '{ at: "2026-01-01T00:00:00Z", payload: { level: "info", message: "a line" } }'
    add = f"dispatchEvent(new CustomEvent('trainyard:log', {{ detail: Array(100).fill({line}) }}))"
    page.evaluate(add)
    page.evaluate("getSelection().selectAllChildren(document.querySelector('[data-log]').lastElementChild)")
    before = page.evaluate("[document.querySelector('[data-log]').scrollTop, getSelection().toString()]")
    page.evaluate(add)
    assert page.evaluate("[document.querySelector('[data-log]').scrollTop, getSelection().toString()]") == before
    page.evaluate("getSelection().removeAllRanges()")
    page.evaluate(add)
    assert page.evaluate("document.querySelector('[data-log]').scrollTop") > before[0]


def test_tabs_are_walked_by_keys_and_back_returns_to_the_one_before(run: RunPage) -> None:
    page = run.page
    for key, hash_of_tab in {"2": "#checkpoints", "ArrowRight": "", "4": "#log"}.items():
        page.keyboard.press(key)
        if hash_of_tab:
            expect(page).to_have_url(run.url + hash_of_tab)
    tab = page.get_by_role("tab", name="Log")
    expect(tab).to_have_attribute("aria-selected", "true")
    tab.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(run.url + "#spec")
    expect(page.get_by_role("tabpanel", name="Spec")).to_be_visible()
    assert page.evaluate(ACTIVE) == "Spec"
    for expected in ("#log", "#checkpoints", ""):
        page.go_back()
        expect(page).to_have_url(run.url + expected)
    expect(page.get_by_role("tabpanel", name="Charts")).to_be_visible()


def test_a_connection_that_fell_silent_is_not_called_live(run: RunPage) -> None:
    page, muted = run.page, SimpleNamespace(on=False)

    def forward(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        server.on_message(lambda message: None if muted.on else socket.send(message))

    page.route_web_socket(re.compile("/ws/"), forward)
    page.clock.install()
    page.reload()
    expect(page.locator("[data-live-state]")).to_have_text("live", timeout=LONG)
    page.route("**/events/**", lambda route: route.abort())
    muted.on = True
    page.clock.fast_forward(10_000)
    expect(page.locator("[data-live-state]")).to_have_text(re.compile("^reconnecting"))


def test_the_run_table_keeps_focus_and_ticks_over_three_refreshes(page: Page, watched: SimpleNamespace) -> None:
    page.clock.install()
    page.goto("/runs/")
    row = page.get_by_role("row", name=re.compile("running"))
    row.get_by_role("checkbox").check()
    row.get_by_role("link").first.focus()
    name = page.evaluate(ACTIVE)
    epochs = row.locator("[data-label=Epochs]").inner_text()
    for _ in range(3):
        with page.expect_response(re.compile(r"/runs/(\?|$)")):
            page.clock.fast_forward(3_100)
    expect(row.locator("[data-label=Epochs]")).not_to_have_text(epochs)
    assert page.evaluate(ACTIVE) == name
    expect(row.get_by_role("checkbox")).to_be_checked()


def test_stop_stops_though_checkpoints_pass_while_it_is_asked_about(
    run: RunPage, refreshes: Callable[[int], None]
) -> None:
    page = run.page
    page.get_by_role("button", name="Stop").click()
    refreshes(2)
    with page.expect_request(re.compile("/stop/")) as request:
        page.get_by_role("dialog").get_by_role("button", name="Stop").click()
    assert request.value.method == "POST"
    run.wait_for("stopped")


def served(html: str, name: str) -> str:
    """A figure of the head as the server writes it."""
    found = re.search(rf'data-now="{name}" data-scripted>(.*?)</', html)
    assert found
    return re.sub("<[^>]*>", "", found[1])


def test_head_chart_server_and_dialog_of_a_stopped_run_agree(run: RunPage) -> None:
    page = run.page
    run.wait_for_points(2)
    figures = {name: page.locator(f"[data-now={name}]").inner_text() for name in ("epoch", "last", "best", "best_at")}
    html = page.request.get(run.url).text()
    assert figures == {name: served(html, name) for name in figures}
    expect(page.locator("#chart-accuracy-now")).to_contain_text(f"validation {figures['last']}")
    expect(page.locator("#chart-accuracy-now")).to_contain_text(f"best {figures['best']} {figures['best_at']}")
    page.get_by_role("button", name="Resume…").click()
    expect(page.get_by_role("dialog")).to_contain_text(f"{figures['epoch']} of {EPOCHS} epochs are done")


def test_the_end_is_announced_once_and_the_count_in_the_navigation_goes(run: RunPage) -> None:
    page = run.page
    expect(page.locator(".site-nav [data-runs-count]")).to_be_hidden()
    run.resume_to(int(EPOCHS))
    run.wait_for("running")
    expect(page.locator(".site-nav [data-runs-count]")).to_have_text(re.compile("^1"))
    # Sent from elsewhere: this page only watches.
    page.evaluate(STOP)
    run.wait_for("stopped")
    expect(page.locator("[data-announce]")).to_have_text(re.compile("stopped$"))
    expect(page.locator(".site-nav [data-runs-count]")).to_be_hidden(timeout=LONG)

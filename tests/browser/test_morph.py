"""What a redraw leaves alone. The script alone, in a page without a product behind it."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page

from webapp.settings import BASE_DIR

SCRIPT = "data:text/javascript," + quote((BASE_DIR / "static/js/common/morph.js").read_text())
# Morphs the body's first element; what is focused or selected is in use.
MORPH = """async ([script, html]) => {
  const { morph } = await import(script);
  const fresh = new DOMParser().parseFromString(html, "text/html").body.firstElementChild;
  const used = (node) => node.contains(document.activeElement)
    || (!getSelection().isCollapsed && getSelection().getRangeAt(0).intersectsNode(node));
  return morph(document.body.firstElementChild, fresh, used);
}"""
SELECT = "(id) => getSelection().selectAllChildren(document.getElementById(id))"
ROWS = "<ul>{}</ul>"


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    yield page
    page.close()


def show(page: Page, html: str) -> None:
    page.set_content(html)
    page.evaluate("() => { window.before = [...document.querySelectorAll('*')]; }")


def morph(page: Page, html: str) -> bool:
    complete: bool = page.evaluate(MORPH, [SCRIPT, html])
    return complete


def body(page: Page) -> str:
    html: str = page.evaluate("document.body.innerHTML")
    return html


def row(name: str, text: str = "") -> str:
    return f'<li data-key="{name}"><a href="/{name}">{text or name}</a></li>'


def test_what_is_equal_stays_the_same_element(page: Page) -> None:
    html = '<div><p>{}</p><form action="/stop"><input name="token" value="{}"><button>Stop</button></form></div>'
    show(page, html.format(1, "a"))
    fresh = html.format(2, "b")
    assert morph(page, fresh)
    assert body(page) == fresh
    assert page.evaluate("[...document.querySelectorAll('*')].every((node) => before.includes(node))")


@pytest.mark.parametrize("order", ["abcd", "dcba", "cb", "xcyb", "bxac", "c"])
def test_a_focused_row_keeps_its_focus_wherever_it_goes(page: Page, order: str) -> None:
    show(page, ROWS.format("".join(map(row, "abcd"))))
    page.locator("a[href='/c']").focus()
    page.evaluate("() => { window.blurs = 0; addEventListener('blur', () => { blurs += 1; }, true); }")
    fresh = ROWS.format("".join(row(name, f"now {name}") for name in order))
    assert morph(page, fresh)
    assert body(page) == fresh
    assert page.evaluate("document.activeElement.getAttribute('href')") == "/c"
    assert page.evaluate("blurs") == 0


def test_a_button_never_becomes_another_under_the_finger(page: Page) -> None:
    show(page, "<div><form action='/stop'><button>Stop</button></form></div>")
    page.get_by_role("button").focus()
    fresh = '<div><form action="/delete"><button>Delete</button></form></div>'
    assert morph(page, fresh) is False
    assert page.evaluate("document.activeElement.textContent") == "Stop"
    page.evaluate("document.activeElement.blur()")
    assert morph(page, fresh)
    assert body(page) == fresh


def test_selected_text_waits_and_the_rest_changes(page: Page) -> None:
    show(page, "<div><p id='a'>old</p><p id='b'>old</p></div>")
    page.evaluate(SELECT, "a")
    fresh = '<div><p id="a">new</p><p id="b">new</p></div>'
    assert morph(page, fresh) is False
    assert page.evaluate("getSelection().toString()") == "old"
    assert page.locator("#b").inner_text() == "new"
    page.evaluate("getSelection().removeAllRanges()")
    assert morph(page, fresh)
    assert body(page) == fresh


def test_what_was_typed_or_opened_stays_and_another_default_replaces_it(page: Page) -> None:
    show(page, "<div><details><summary>More</summary>1</details><input name='epochs' value='30'></div>")
    page.locator("summary").click()
    page.locator("input").fill("99")
    page.evaluate("document.activeElement.blur()")
    fresh = "<div><details><summary>More</summary>2</details><input name='epochs' value='{}'></div>"
    morph(page, fresh.format(30))
    assert page.locator("input").input_value() == "99"
    morph(page, fresh.format(60))
    assert page.locator("input").input_value() == "60"
    assert page.locator("details").get_attribute("open") is not None


def test_what_scripts_write_is_theirs(page: Page) -> None:
    show(page, "<div><b data-scripted>12</b><time data-ago datetime='2026-01-01T00:00:00Z'>5 minutes ago</time></div>")
    morph(page, "<div><b data-scripted>11</b><time data-ago datetime='2026-01-01T00:00:00Z'>just now</time></div>")
    assert page.locator("b").inner_text() + page.locator("time").inner_text() == "125 minutes ago"


STOP = '<form data-confirm="Stop it?" action="https://example.invalid/stop"><button>Stop</button></form>'
DIALOG = """<dialog id="confirm-dialog"><p id="confirm-text"></p>
  <form method="dialog"><button value="go" data-confirm-go>Go</button></form></dialog>"""
RECORD = """() => document.addEventListener("submit", (event) => {
  if (!event.target.action.endsWith("/stop")) return;
  event.preventDefault();
  window.sent = event.target.isConnected;
})"""


@pytest.mark.parametrize("after", [STOP, "<p>The run has ended</p>"])
def test_what_was_confirmed_is_sent_though_its_form_was_replaced_meanwhile(browser: Browser, after: str) -> None:
    page = browser.new_page()  # the script may run once a page only
    page.set_content(f"<main>{STOP}</main>{DIALOG}")
    page.add_script_tag(content=(BASE_DIR / "static/js/common/confirm.js").read_text())
    page.evaluate(RECORD)
    page.get_by_role("button", name="Stop").click()
    page.evaluate("(html) => { document.querySelector('main').innerHTML = html; }", after)
    page.get_by_role("dialog").get_by_role("button").click()
    page.wait_for_function("() => window.sent === true")
    page.close()

"""The pages as a person uses them, by what is written on them."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page, expect

# Training, evaluating and a busy machine take their time.
LONG = 90_000
PASSWORD = "a long enough password"
# The epochs of every drawn line; marks of the best value and the like are no lines.
CURVES = """() => Object.fromEntries([...document.querySelectorAll("[data-charts] .js-plotly-plot")].flatMap(
    (plot) => plot.data.filter((line) => !["best", "odd", "raw", "start", "steps"].includes(line.meta))
        .map((line) => [line.meta, line.x])))"""

# The epoch at which the line of single steps ends, 0 without one.
STEPS_END = """(end) => end === (document.querySelector("[data-panel=loss] .chart")?.data
    ?.find((line) => line.meta === "steps")?.x.at(-1) ?? 0)"""


def create_account(page: Page, name: str, button: str, team: str = "") -> None:
    page.get_by_label("Your name").or_(page.get_by_label("Name", exact=True)).first.fill(name)
    page.get_by_label(re.compile("e-mail", re.I)).fill(f"{name.lower()}@example.org")
    page.get_by_label(re.compile("password", re.I)).first.fill(PASSWORD)
    if team:
        page.get_by_label(re.compile("team", re.I)).fill(team)
    page.get_by_role("button", name=button).click()


class RunPage:
    """The page of one run."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.wait_for_url(re.compile(r"/runs/[0-9a-f-]{36}/"))
        self.url = page.url.split("#")[0]

    def wait_for(self, state: str) -> None:
        expect(self.page.locator("[data-badge]")).to_have_text(state, timeout=LONG)

    def wait_for_points(self, at_least: int = 1) -> None:
        self.page.wait_for_function(
            f"() => Math.max(0, ...Object.values(({CURVES})()).map((x) => x.length)) >= {at_least}", timeout=LONG
        )

    def curves(self) -> dict[str, list[int]]:
        """The epochs that are drawn, by line."""
        found: dict[str, list[int]] = self.page.evaluate(CURVES)
        return found

    def wait_for_steps_until(self, epoch: int) -> None:
        self.page.wait_for_function(STEPS_END, arg=epoch, timeout=LONG)

    def tab(self, name: str) -> None:
        self.page.locator(".tabs").get_by_role("tab", name=re.compile(f"^{name}")).click()

    def resume_to(self, epochs: int) -> None:
        self.page.get_by_role("button", name="Resume…").click()
        self.page.get_by_label("Train to epoch").fill(str(epochs))
        self.page.get_by_role("dialog").get_by_role("button", name="Resume").click()


def field(page: Page, name: str) -> Any:
    """An input of the launch form by its path in the spec."""
    return page.locator(f'[name="spec.{name}"], [name="{name}"]').first


def open_section(page: Page, title: str) -> None:
    """Open a section of the launch form by its title."""
    page.locator(".launch-fold > summary").filter(has=page.get_by_role("heading", name=title, exact=True)).click()


def refusal_at(page: Page, name: str) -> Any:
    """The message at a field of the launch form."""
    return field(page, name).locator("xpath=ancestor::div[contains(@class, 'field')][1]").locator(".field-error")

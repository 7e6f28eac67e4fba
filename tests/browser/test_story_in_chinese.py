"""The story of the README in Chinese, by a browser that asks for Chinese; after it, English by one click."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.pages import LONG, PASSWORD, RunPage, field, refusal_at
from tests.product import Product

pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def context(browser: Browser, product: Product) -> Iterator[BrowserContext]:
    options = {"base_url": product.address, "locale": "zh-CN", "viewport": {"width": 1440, "height": 900}}
    with browser.new_context(**options) as context:
        yield context


def sign_in(page: Page, product: Product) -> None:
    """As the operator of the site, whom this test founds when it is the first."""
    page.goto(product.manage("sign_in_link"))
    if "/welcome/" in page.url:
        page.locator("input[name=name]").fill("林悦")
        page.locator("input[name=email]").fill("lin@example.org")
        page.locator("input[type=password]").first.fill(PASSWORD)
        page.locator("input[name=team]").fill("信号组")
        page.get_by_role("button", name="创建账户和团队").click()
    else:
        page.get_by_role("button", name="登录").click()
    page.wait_for_url(re.compile("/experiments/"))


def test_a_person_trains_evaluates_and_compares_in_chinese(page: Page, product: Product) -> None:
    sign_in(page, product)
    page.goto("/runs/new/?dataset=digits")
    expect(page.get_by_role("heading", name="新建运行")).to_be_visible()
    field(page, "fit.batch_size").fill("0")
    page.get_by_role("button", name="启动", exact=True).click()
    expect(refusal_at(page, "fit.batch_size")).to_have_text(re.compile("1 到 1,000,000（输入的是 0）"))
    field(page, "fit.batch_size").fill("64")
    field(page, "fit.epochs").fill("12")
    page.locator("[name=run-name]").fill("第一次尝试")
    page.get_by_role("button", name="启动", exact=True).click()
    run = RunPage(page)
    run.wait_for("已完成")
    run.wait_for_points(12)
    assert {"损失", "准确率"} <= set(page.locator(".chart-card h3").all_text_contents())
    page.goto(f"{run.url}#checkpoints")
    page.get_by_role("button", name="评估最新检查点").click()
    expect(page.get_by_role("heading", name="混淆矩阵")).to_be_visible(timeout=LONG)
    page.goto(f"/compare/?runs={run.url.rstrip('/').rsplit('/', 1)[1]}")
    expect(page.get_by_role("heading", name=re.compile("对比"))).to_be_visible()


def test_a_run_is_found_by_its_chinese_name(page: Page) -> None:
    page.goto("/runs/?q=尝试")
    expect(page.locator("#run-table tbody th a[href^='/runs/']")).to_have_text(["第一次尝试"])


def test_the_log_of_a_run_is_read_in_the_language_of_each_reader(page: Page) -> None:
    page.goto("/runs/?q=尝试")
    page.locator("#run-table tbody th a[href^='/runs/']").click()
    page.goto(f"{RunPage(page).url}#history")
    expect(page.locator("[data-part=history]")).to_contain_text("已完成")


def test_english_is_one_click_away_and_stays(page: Page) -> None:
    page.goto("/account/")
    page.locator("main").get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en-gb")
    page.goto("/runs/?q=尝试")
    expect(page.locator("#run-table")).to_contain_text("finished")
    page.goto("/account/")
    page.locator("main").get_by_role("button", name="简体中文").click()
    expect(page.get_by_role("heading", name="账户")).to_be_visible()
    page.goto("/account/")
    page.locator("main").get_by_role("button", name="English").click()

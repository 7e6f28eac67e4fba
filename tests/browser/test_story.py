"""The story of the README, told in a real browser. Each test goes on where the one before ended."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
from playwright.sync_api import expect

from tests.browser.pages import LONG, PASSWORD, RunPage, create_account, field, open_section, refusal_at

pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def story():
    """What the tests hand on to each other."""
    return SimpleNamespace(num_failed=None)


@pytest.fixture(autouse=True)
def no_sequel_to_a_failure(request, story):
    """What follows on a part that failed would only fail as well."""
    if story.num_failed is None:
        story.num_failed = request.session.testsfailed
    if request.session.testsfailed > story.num_failed:
        pytest.skip("an earlier part of the story failed")


def epochs_of(run):
    return {tuple(epochs) for epochs in run.curves().values()}


def test_the_link_leads_to_the_first_account_and_team(page, product, story):
    page.goto(product.link)
    create_account(page, "Ada", "Create account and team", team="Signals")
    expect(page.get_by_role("button", name="Launch the example")).to_be_visible()
    story.begin = page.url


def test_the_link_works_once(browser, product):
    with browser.new_context() as stranger:
        page = stranger.new_page()
        page.goto(product.link)
        expect(page.get_by_role("button", name="Create account and team")).to_have_count(0)


def test_the_example_is_launched_with_one_click_and_points_appear(page, product, story):
    page.goto(story.begin)
    page.get_by_role("button", name="Launch the example").click()
    run = RunPage(page)
    run.wait_for_points(2)
    run.wait_for("finished")
    story.run = run.url


def test_a_finished_run_has_every_epoch_once(page, story):
    page.goto(story.run)
    run = RunPage(page)
    run.wait_for_points()
    story.epochs = max(max(epochs) for epochs in run.curves().values())
    assert epochs_of(run) == {tuple(range(1, story.epochs + 1))}


def test_the_loss_of_each_step_is_shown_on_request_and_remembered(page, story):
    page.goto(story.run)
    run = RunPage(page)
    page.get_by_role("button", name="Each step").click()
    run.wait_for_steps_until(story.epochs)
    page.reload()
    run.wait_for_steps_until(story.epochs)
    page.get_by_role("button", name="Each epoch").click()
    run.wait_for_steps_until(0)


def test_its_checkpoints_are_listed_and_marked(page, story):
    page.goto(f"{story.run}#checkpoints")
    table = page.locator("#checkpoints table")
    expect(table.get_by_role("link", name=f"cp-{story.epochs:04d}")).to_be_visible()
    expect(table.get_by_text("latest", exact=True)).to_be_visible()
    expect(table.get_by_text("best", exact=True)).to_be_visible()


def test_the_latest_is_evaluated_with_one_click(page, story):
    page.goto(f"{story.run}#checkpoints")
    page.get_by_role("button", name="Evaluate latest").click()
    expect(page.get_by_role("heading", name=re.compile("confusion matrix", re.I))).to_be_visible(timeout=LONG)
    expect(page.get_by_text(re.compile("precision", re.I)).first).to_be_visible()


def test_resuming_to_more_epochs_draws_no_point_twice(page, story):
    page.goto(story.run)
    run = RunPage(page)
    run.resume_to(story.epochs + 6)
    run.wait_for("finished")
    run.wait_for_points(story.epochs + 6)
    assert epochs_of(run) == {tuple(range(1, story.epochs + 7))}
    page.reload()
    run.wait_for_points()
    assert epochs_of(run) == {tuple(range(1, story.epochs + 7))}


def test_a_wrong_value_is_refused_at_its_field(page, story):
    page.goto(f"{story.run}")
    page.get_by_role("link", name="Run again with changes").first.click()
    field(page, "fit.batch_size").fill("0")
    page.get_by_role("button", name="Launch", exact=True).click()
    expect(refusal_at(page, "fit.batch_size")).to_be_visible()
    expect(page).to_have_url(re.compile("/runs/new/"))


def test_what_is_typed_survives_a_reload_and_is_given_up_on_request(page, story):
    page.goto(f"{story.begin.split('/experiments/')[0]}/runs/new/?dataset=digits")
    field(page, "fit.epochs").fill("77")
    page.get_by_role("button", name="+ Add to layers").click()
    field(page, "network.layers.2.units").fill("abc")
    page.reload()
    expect(page.get_by_text("Restored what you had typed.")).to_be_visible()
    expect(field(page, "fit.epochs")).to_have_value("77")
    expect(field(page, "network.layers.2.units")).to_have_value("abc")
    page.get_by_role("button", name="Start over").click()
    expect(field(page, "fit.epochs")).to_have_value("30")
    expect(field(page, "network.layers.2.units")).to_have_count(0)


def test_what_is_typed_survives_signing_in_again(page, context, story):
    page.goto(f"{story.begin.split('/experiments/')[0]}/runs/new/?dataset=iris")
    context.clear_cookies(name="sessionid")
    field(page, "fit.epochs").fill("78")
    page.get_by_label("E-mail").fill("ada@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("Restored what you had typed.")).to_be_visible()
    expect(field(page, "fit.epochs")).to_have_value("78")


def test_changes_are_marked_while_typing_and_reset_one_by_one(page, story):
    page.goto(f"{story.run}")
    page.get_by_role("link", name="Run again with changes").first.click()
    field(page, "optimizer.learning_rate").fill("0,3")
    expect(page.get_by_text("Read as 0.3 · was 0.05")).to_be_visible()
    page.get_by_role("button", name="Reset Optimiser › Learning rate").click()
    expect(field(page, "optimizer.learning_rate")).to_have_value("0.05")
    expect(page.get_by_text("No changes against")).to_be_visible()


def test_pictures_under_the_fields_of_augmentation_follow_what_is_typed(page, story):
    page.goto(f"{story.begin.split('/experiments/')[0]}/runs/new/?dataset=digits")
    pictures, shown = page.locator("#augmented-examples img"), "undefined"
    open_section(page, "Augmentation")
    expect(page.locator("#augmented")).to_contain_text("Nothing is switched on")
    for angle in ("20", "90"):
        field(page, "augmentation.rotation").fill(angle)
        expect(pictures.nth(1)).not_to_have_attribute("src", shown, timeout=LONG)
        expect(pictures).to_have_count(16)
        shown = pictures.nth(1).get_attribute("src")


def test_a_field_is_found_by_words_and_a_change_of_the_form_is_undone(page, story):
    page.goto(f"{story.begin.split('/experiments/')[0]}/runs/new/?dataset=wine")
    expect(field(page, "fit.early_stopping")).to_be_hidden()
    page.get_by_label("Find a field").fill("patience")
    expect(field(page, "network.layers.0.units")).to_be_hidden()
    expect(page.locator("#f-fit-early_stopping")).to_be_visible()
    page.get_by_label("Find a field").fill("weight decay ridge")
    expect(field(page, "network.layers.0.l2")).to_be_visible()
    expect(page.locator("#launch-found")).to_have_text("2 fields")
    page.get_by_label("Find a field").press("Escape")
    expect(field(page, "network.layers.0.l2")).to_be_hidden()
    page.get_by_label("Only what differs from the default").check()
    expect(page.locator("#launch-found")).to_have_text("2 fields")  # besides the essentials: the units of both layers
    expect(field(page, "network.layers.1.units")).to_be_visible()
    page.get_by_label("Only what differs from the default").uncheck()
    open_section(page, "Optimiser")
    field(page, "optimizer.kind").select_option("rmsprop")
    expect(field(page, "optimizer.rho")).to_be_visible()
    page.get_by_role("button", name="Remove: Layers 2").click()
    expect(field(page, "network.layers.1.units")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(field(page, "network.layers.1.units")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(field(page, "optimizer.kind")).to_have_value("adam")
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()


def test_a_row_that_is_moved_by_keyboard_keeps_the_focus(page, story):
    page.goto(f"{story.begin.split('/experiments/')[0]}/runs/new/?dataset=wine")
    field(page, "network.layers.1.units").press("Alt+ArrowUp")
    expect(field(page, "network.layers.0.units")).to_have_value("16")
    expect(field(page, "network.layers.0.units")).to_be_focused()
    page.get_by_role("button", name="Move down: Layers 1").press("Enter")
    expect(page.get_by_role("button", name="Move up: Layers 2")).to_be_focused()


def test_a_branch_starts_from_a_checkpoint_with_a_changed_form(page, story):
    page.goto(f"{story.run}#checkpoints")
    page.locator("#checkpoints").get_by_role("link", name="Branch").first.click()
    field(page, "fit.epochs").fill("8")
    page.get_by_role("button", name="Launch the branch").click()
    run = RunPage(page)
    run.wait_for("finished")
    expect(page.get_by_text("Branched from")).to_be_visible()
    story.branch = run.url


def test_a_recipe_is_filled_in_by_one_click_and_undone(page, story):
    page.goto(f"{story.begin.split('/experiments/')[0]}/runs/new/?dataset=digits")
    open_section(page, "Recipe")
    page.get_by_role("button", name="Use Deep residual network").click()
    expect(page.get_by_text("The recipe “Deep residual network” was applied.")).to_be_visible()
    expect(field(page, "network.blocks_per_stage")).to_have_value("3")
    expect(page.locator("#launch-schedule")).to_contain_text("0.1 at the peak after epoch 2")
    page.get_by_role("button", name="Undo").click()
    expect(field(page, "network.layers.0.units")).to_have_value("128")


def test_a_branch_that_freezes_layers_proves_that_they_did_not_change(page, story):
    page.goto(f"{story.run}#checkpoints")
    page.locator("#checkpoints").get_by_role("link", name="Branch").first.click()
    open_section(page, "Recipe")
    page.get_by_role("button", name="Use Features only").click()
    expect(page.locator("#launch-preview")).to_contain_text("2 of 3 layers with weights frozen")
    field(page, "fit.epochs").fill("2")
    page.get_by_role("button", name="Launch the branch").click()
    run = RunPage(page)
    run.wait_for("finished")
    run.tab("Log")
    expect(page.get_by_text("2 of 3 layers with weights did not change by a bit")).to_be_visible()


def test_two_runs_are_compared_by_their_differences(page, story):
    page.goto(story.branch)
    page.get_by_role("link", name="Compare", exact=True).last.click()
    expect(page.get_by_role("heading", name="Compare 2 runs")).to_be_visible()
    expect(page.locator("#specs").get_by_role("row", name=re.compile("Epochs"))).to_be_visible()
    expect(page.locator("[data-charts] .js-plotly-plot").first).to_be_visible()
    story.comparison = page.url


def test_a_zoom_in_one_chart_is_one_in_all_and_in_the_address(page, story):
    page.goto(story.comparison)
    page.locator("[data-charts] .main-svg").first.wait_for()
    x, y, width, height = page.locator(".chart").first.bounding_box().values()
    page.mouse.move(x + width * 0.3, y + height * 0.3)
    page.mouse.down()
    page.mouse.move(x + width * 0.6, y + height * 0.6, steps=4)
    page.mouse.up()
    page.wait_for_url(re.compile("zoom="))
    page.reload()
    page.locator("[data-charts] .main-svg").first.wait_for()
    ranges = page.evaluate("[...document.querySelectorAll('.chart')].map((chart) => String(chart.layout.xaxis.range))")
    assert len(ranges) > 1
    assert len(set(ranges)) == 1


def test_values_under_the_mouse_stand_beside_the_curves(page, story):
    page.goto(story.comparison)
    chart = page.locator("[data-panel=loss] .chart")
    chart.locator(".main-svg").first.wait_for()
    chart.hover()
    expect(page.locator("[data-panel=loss] .chart-readout")).to_contain_text("validation")
    expect(chart.locator(".hovertext")).to_have_count(0)
    page.get_by_role("button", name="Enlarge Loss").click()
    page.wait_for_function("() => document.querySelector('[data-panel=loss] .main-svg').clientWidth > 1000")


def test_a_viewer_is_invited_by_link(page, product, story):
    page.goto(f"{product.address}/team/")
    page.locator("#invitations").get_by_label("Role").select_option("viewer")
    page.get_by_role("button", name="Create link").click()
    story.invitation = page.locator("#invitation-secret").input_value()
    assert "/join/" in story.invitation


def test_the_viewer_sees_but_cannot_launch(browser, product, story):
    with browser.new_context(base_url=product.address) as other:
        page = other.new_page()
        page.goto(story.invitation)
        create_account(page, "Vera", "Create account and join")
        page.goto(story.run)
        RunPage(page).wait_for("finished")
        expect(page.get_by_role("button", name="Resume…")).to_have_count(0)
        assert page.goto("/runs/new/").status == 403

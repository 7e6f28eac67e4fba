"""The launch form drawn again: with rows, kinds and data that changed, with a recipe, restored or renewed."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from tests.web.launches.launch_form import URL, about, fields_of
from trainer.data.bundled.catalog import facts_of
from trainer.validation.presets import default_spec
from webapp.experiments.models import Experiment
from webapp.runs.models import Run

pytestmark = pytest.mark.django_db


def settings_of(page: str) -> dict[str, Any]:
    """The fields that a person fills in."""
    return {name: value for name, value in fields_of(page).items() if not name.startswith(("_", "csrf"))}


def test_a_change_shows_the_form_again_with_what_was_typed(browser: Client, digits: Experiment) -> None:
    fields = about(digits) | {"network.kind": "mlp", "network.layers": "", "network.layers.0.units": "abc"}
    page = browser.post(URL, fields | {"_change": "add:network.layers"}).text
    assert 'value="abc"' in page
    assert 'name="network.layers.1.units"' in page
    assert "<html" in page
    assert not Run.objects.exists()


def test_htmx_gets_the_part_of_the_page_that_changes(browser: Client, digits: Experiment) -> None:
    fields = about(digits) | {"_change": "add:network.layers"}
    page = browser.post(URL, fields, headers={"HX-Request": "true"}).text
    assert "<html" not in page
    assert page.strip().startswith('<div id="launch-body"')


def test_a_row_that_one_person_adds_is_in_no_other_form(browser: Client, digits: Experiment) -> None:
    """Values that were not posted are defaults, which all requests of a process share."""
    fields = about(digits) | {"_change": "add:network.layers"}
    pages = [browser.post(URL, fields, headers={"HX-Request": "true"}).text for _ in range(2)]
    assert ['name="network.layers.3.units"' in page for page in pages] == [False, False]


def test_a_row_that_moved_keeps_the_focus(browser: Client, digits: Experiment) -> None:
    page = fields_of(browser.get(URL, {"experiment": str(digits.id)}).text)
    moved = browser.post(URL, page | {"_change": "down:network.layers.0"}).text
    [button] = re.findall(r'<button [^>]*name="_change"[^>]*autofocus>', moved)
    assert 'value="up:network.layers.1"' in button


def test_a_network_that_was_changed_without_a_script_is_shown_before_it_is_launched(
    browser: Client, digits: Experiment
) -> None:
    page = browser.post(URL, about(digits) | {"_shown.network": "mlp", "network.kind": "convnet"}).text
    assert 'name="network.blocks.0.filters"' in page
    assert not Run.objects.exists()


def test_another_dataset_brings_its_defaults_when_nothing_was_changed(browser: Client) -> None:
    page = fields_of(browser.get(URL, {"dataset": "digits"}).text)
    answer = browser.post(URL, page | {"dataset.name": "iris", "_change": "show"}).text
    assert "Recommended settings for Iris applied" in answer
    assert f'value="{default_spec(facts_of("iris")).fit.epochs}"' in answer


def test_another_dataset_keeps_what_was_changed_and_offers_its_defaults(browser: Client) -> None:
    page = fields_of(browser.get(URL, {"dataset": "digits"}).text) | {"fit.epochs": "77"}
    answer = browser.post(URL, page | {"dataset.name": "iris", "_change": "show"}).text
    assert 'value="77"' in answer
    assert "Use the defaults of Iris" in answer
    taken = browser.post(URL, fields_of(answer) | {"_change": "defaults"}).text
    assert 'value="77"' not in taken


def test_only_what_applies_to_the_data_is_shown(browser: Client) -> None:
    assert "normalization.targets" not in browser.get(URL, {"dataset": "digits"}).text
    regression = browser.get(URL, {"dataset": "diabetes"}).text
    assert "split.stratified" not in regression
    assert "balance.weights" not in regression
    assert "balance.weights" in browser.get(URL, {"dataset": "iris"}).text


def test_settings_of_other_data_come_back_with_that_data(browser: Client) -> None:
    page = fields_of(browser.get(URL, {"dataset": "digits"}).text) | {"split.stratified": "off"}
    away = fields_of(browser.post(URL, page | {"dataset.name": "diabetes", "_change": "show"}).text)
    assert "split.stratified" not in away
    back = fields_of(browser.post(URL, away | {"dataset.name": "digits", "_change": "show"}).text)
    assert back["split.stratified"] == "off"


def test_a_recipe_fills_its_sections_and_leaves_what_was_typed_elsewhere(browser: Client) -> None:
    fields = fields_of(browser.get(URL, {"dataset": "iris"}).text)
    fields |= {"split.seed": "7", "checkpoints.every_epochs": "2", "fit.epochs": "abc"}
    page = browser.post(URL, fields | {"_change": "recipe:table"}).text
    after = fields_of(page)
    assert "The recipe “Tables: batch normalisation and AdamW” was applied." in page
    assert (after["split.seed"], after["checkpoints.every_epochs"]) == ("7", "2")
    assert (after["optimizer.kind"], after["network.layers.0.normalization.kind"]) == ("adamw", "batch")
    assert after["fit.epochs"] == "60"
    run = browser.post(URL, after)
    assert run.status_code == 302


def test_recipes_are_those_for_the_data_and_an_unknown_one_changes_nothing(browser: Client) -> None:
    page = browser.get(URL, {"dataset": "iris"}).text
    assert 'value="recipe:table"' in page
    assert 'value="recipe:resnet"' not in page
    unknown = browser.post(URL, fields_of(page) | {"_change": "recipe:resnet"}).text
    assert settings_of(unknown) == settings_of(page)


def test_a_form_that_was_left_is_restored_as_it_was_typed(browser: Client, digits: Experiment) -> None:
    page = fields_of(browser.get(URL, {"experiment": str(digits.id)}).text) | {"fit.epochs": "abc"}
    answer = browser.post(URL, page | {"_change": "restore"}, headers={"HX-Request": "true"}).text
    assert "Restored what you had typed." in answer
    assert fields_of(f'<form id="launch">{answer}')["fit.epochs"] == "abc"


def test_a_form_that_was_launched_after_all_is_not_restored(browser: Client, digits: Experiment) -> None:
    page = fields_of(browser.get(URL, {"experiment": str(digits.id)}).text)
    browser.post(URL, page)
    assert browser.post(URL, page | {"_change": "restore"}).status_code == 204


def test_going_back_to_a_form_that_was_launched_makes_it_one_of_another_run(browser: Client) -> None:
    page = fields_of(browser.get(URL, {"dataset": "digits"}).text) | {"run-experiment_name": "Fresh"}
    browser.post(URL, page)
    renewed = fields_of(browser.post(URL, page | {"_change": "renew"}).text)
    browser.post(URL, renewed)
    assert (Run.objects.count(), Experiment.objects.count()) == (2, 1)

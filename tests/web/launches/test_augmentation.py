"""Under the fields of augmentation: pictures of the data, which a worker is asked for."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.factories import make_dataset, make_preview
from webapp.datasets.models import Dataset
from webapp.launches.augmentation import forget_old_previews
from webapp.launches.models import AugmentationPreview
from webapp.teams.models import Team, User

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]
URL = "/runs/new/augmentation/"
ROTATED = {"dataset.name": "digits", "augmentation.rotation": "20"}


def asked(browser: Client, **fields: str) -> str:
    return browser.post(URL, {"dataset.name": "digits", **fields}).text


def test_a_change_asks_a_worker_once_and_polls(browser: Client, member: User, team: Team) -> None:
    page = asked(browser, **ROTATED)
    preview = AugmentationPreview.objects.get()
    assert (preview.team, preview.person, preview.dataset.name) == (team, member, "digits")
    assert preview.augmentation["rotation"] == 20.0
    assert f'hx-get="/runs/new/augmentation/{preview.pk}/"' in page
    assert "augmented-examples" not in page  # those that are shown stay until there are others
    asked(browser, **ROTATED)
    assert AugmentationPreview.objects.get() == preview


def test_what_was_asked_before_is_dropped_unless_it_was_answered(browser: Client) -> None:
    asked(browser, **ROTATED)
    asked(browser, **ROTATED | {"augmentation.rotation": "21"})
    AugmentationPreview.objects.get(augmentation__rotation=21.0)
    AugmentationPreview.objects.update(state="finished")
    asked(browser, **ROTATED)
    assert AugmentationPreview.objects.count() == 2


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "Nothing is switched on"),
        ({"augmentation.rotation": "200"}, "Correct the fields above"),
        ({"augmentation.hue": "0.1"}, "Correct the fields above"),
        ({"dataset.name": "cifar10", "augmentation.rotation": "20"}, "once <a"),
        ({"dataset.name": "iris", "augmentation.feature_noise": "0.1"}, ""),
    ],
)
def test_nobody_is_asked_where_there_is_nothing_to_show(browser: Client, fields: Any, sentence: str) -> None:
    page = asked(browser, **fields)
    assert sentence in page
    assert "hx-get" not in page
    assert not AugmentationPreview.objects.exists()


def test_wrong_fields_elsewhere_do_not_hide_the_pictures(browser: Client) -> None:
    asked(browser, **ROTATED | {"fit.epochs": "none"})
    assert AugmentationPreview.objects.exists()


def answered(browser: Client, team: Team, member: User, **fields: Any) -> str:
    preview = make_preview(team, member)
    AugmentationPreview.objects.filter(pk=preview.pk).update(**fields)
    return browser.get(f"{URL}{preview.pk}/").text


def test_pictures_are_shown_with_what_they_are_of(browser: Client, team: Team, member: User) -> None:
    examples = [{"image": "data:,a", "label": "3"}, {"image": "data:,b", "label": "4", "other": "3", "share": 0.25}]
    page = answered(browser, team, member, state="finished", result={"examples": examples})
    assert 'id="augmented-examples" hx-swap-oob="true"' in page
    assert page.count("<img") == 2
    assert "4 + 25 % 3" in page
    assert "hx-get" not in page


def test_a_failure_is_told_in_words(browser: Client, team: Team, member: User) -> None:
    page = answered(browser, team, member, state="failed", error="It broke.", advice="Mend it.")
    assert "There are no pictures." in page
    assert "It broke." in page
    assert "Mend it." in page


def test_without_a_worker_it_says_so(browser: Client, team: Team, member: User) -> None:
    assert "No worker is online" in answered(browser, team, member)


@pytest.mark.parametrize(("dataset", "warns"), [("digits", True), ("cifar10", False)])
def test_flips_of_digits_are_warned_of_and_may_be_launched(browser: Client, dataset: str, warns: bool) -> None:
    fields = {"dataset.name": dataset, "augmentation.horizontal_flip": "on"}
    assert ("look like digits or letters" in asked(browser, **fields)) == warns
    assert ("look like digits or letters" in browser.post("/runs/new/", fields | {"_change": "check"}).text) == warns
    about = {"run-id": str(uuid.uuid4()), "run-experiment": "new", "run-experiment_name": "Flipped"}
    assert browser.post("/runs/new/", fields | about).status_code == 302


def test_the_form_shows_the_fields_that_the_data_can_have(browser: Client) -> None:
    of_pictures, of_rows = (browser.get("/runs/new/", {"dataset": name}).text for name in ("digits", "iris"))
    assert 'name="augmentation.rotation"' in of_pictures
    assert 'id="augmented"' in of_pictures
    assert 'name="augmentation.feature_noise"' not in of_pictures
    assert 'name="augmentation.feature_noise"' in of_rows
    assert 'name="augmentation.mixup"' in of_rows
    assert 'id="augmented"' not in of_rows
    assert 'name="augmentation.rotation"' not in of_rows


def test_previews_are_forgotten_after_an_hour_and_with_their_dataset(data: Any, team: Team, member: User) -> None:
    old, new = make_preview(team, member, state="finished"), make_preview(team, member, state="finished")
    AugmentationPreview.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(hours=2))
    forget_old_previews()
    assert AugmentationPreview.objects.get() == new
    make_preview(team, member, dataset=make_dataset(team))
    Dataset.objects.get(team=team).delete()
    assert AugmentationPreview.objects.get() == new

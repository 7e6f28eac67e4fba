"""Nothing on any page is said outside of a translation, and every page is whole in Chinese."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from tests import factories
from tests.web.access_table import RULES
from tests.web.language.pseudo import bracketed, unmarked
from tests.web.test_access_rules import address
from trainer.messages.message import Message
from webapp.checkpoints.models import Evaluation, Prediction
from webapp.datasets.models import Upload
from webapp.teams.models import ApiToken, Invitation, SignInLink, User

pytestmark = pytest.mark.one_database

# Names and numbers of no language: the product, what code is called, units, file types, and what the fixture named.
CODE = re.compile(
    r"""\S+@\S+|https?://\S+|\b(?:Trainyard|English|digits|Alt|zip|Keras|TensorFlow|JAX|Python|JSON|CSV|API|OpenAPI|GPU|CPU|URL|ID|SHA|HTTP|GET|POST|PATCH|DELETE|PUT|UTC
    |[a-z]+(?:_[a-z0-9]+)+|[a-z]+-[a-z0-9-]+|cp-\d+|v\d|kB|MB|GB|TB|ms|min|px|ok)\b""",
    re.X,
)


@pytest.fixture
def objects(team: Any, admin: User, member: User) -> dict[str, Any]:
    """One of each kind, named in Chinese, so that English on a page is the site's own; and the secrets of links."""
    admin.name, member.name, team.name = "甲", "乙", "团队"
    for each in (admin, member, team):
        each.save()
    run = factories.make_run(factories.make_experiment(team, member, name="实验"), member, "finished", name="运行")
    run.record_state_change(Message("resumed by {person}", person="乙"))
    checkpoint = factories.make_checkpoint(run, damaged=Message("{file} is missing.", file="model.keras"))
    invitation, secret = Invitation.issue(team=team, created_by=admin)
    waiting = {"split": "test", "created_by": member, "state": "failed", "error": Message("It failed.")}
    return {
        "run": run.pk,
        "experiment": run.experiment.pk,
        "checkpoint": checkpoint.pk,
        "evaluation": Evaluation.objects.create(checkpoint=checkpoint, **waiting).pk,
        "prediction": Prediction.objects.create(checkpoint=checkpoint, row=[0.0] * 64, created_by=member).pk,
        "preview": factories.make_preview(team, member).pk,
        "upload": Upload.objects.create(team=team, owner=member, file_name="数据.zip", num_bytes=9, state="stopped").pk,
        "team": team.pk,
        "person": member.pk,
        "membership": member.memberships.get().pk,
        "invitation": invitation.pk,
        "token": ApiToken.issue(user=member, team=team, name="令牌")[0].pk,
        "join/<str:token>/": f"/join/{secret}/",
        "sign-in/<str:token>/": f"/sign-in/{SignInLink.issue(user=member)[1]}/",
        "welcome/<str:token>/": f"/welcome/{SignInLink.issue(user=None)[1]}/",
    }


# Those that lead elsewhere, or have no files in this test; and those that only somebody without an account sees.
NO_PAGES = {"", "welcome/<str:token>/", "no-team/", "checkpoints/<uuid:id>/download/"}
FOR_STRANGERS = {"sign-in/", "join/<str:token>/"}
PAGES = sorted(
    route
    for route, rule in RULES.items()
    if "GET" in rule.methods and not route.startswith(("api/", "language/", "healthz")) and route not in NO_PAGES
)


@pytest.mark.parametrize("route", PAGES)
def test_a_page_says_nothing_outside_of_a_translation(
    route: str, objects: dict[str, Any], admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin.is_operator = True
    admin.save()
    client = Client()
    if route not in FOR_STRANGERS:
        client.force_login(admin)
    with bracketed(monkeypatch):
        page = client.get(objects.get(route) or address(route, objects))
    assert page.status_code == 200
    if not page.headers.get("Content-Type", "").startswith("text/html") or page.streaming:
        pytest.skip("not a page")
    found = [piece for piece in unmarked(page.text) if re.search("[A-Za-z]{2,}", CODE.sub("", piece))]
    assert not found, found

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
from webapp.checkpoints.models import Evaluation, Prediction
from webapp.teams.models import ApiToken, Invitation, User

pytestmark = pytest.mark.one_database

# Names and numbers of no language: the product, what code is called, units, file types, and what the fixture named.
CODE = re.compile(
    r"""\S+@\S+|https?://\S+|\b(?:Trainyard|English|digits|Alt|Keras|TensorFlow|JAX|Python|JSON|CSV|API|OpenAPI|GPU|CPU|URL|ID|SHA|HTTP|GET|POST|PATCH|DELETE|PUT|UTC
    |[a-z]+(?:_[a-z0-9]+)+|[a-z]+-[a-z0-9-]+|cp-\d+|v\d|kB|MB|GB|TB|ms|min|px|ok)\b""",
    re.X,
)


@pytest.fixture
def objects(team: Any, admin: User, member: User) -> dict[str, Any]:
    """One of each kind, named in Chinese, so that English on a page is the site's own."""
    admin.name, member.name, team.name = "甲", "乙", "团队"
    for each in (admin, member, team):
        each.save()
    run = factories.make_run(factories.make_experiment(team, member, name="实验"), member, "finished", name="运行")
    checkpoint = factories.make_checkpoint(run)
    return {
        "run": run.pk,
        "experiment": run.experiment.pk,
        "checkpoint": checkpoint.pk,
        "evaluation": Evaluation.objects.create(checkpoint=checkpoint, split="test", created_by=member).pk,
        "prediction": Prediction.objects.create(checkpoint=checkpoint, row=[0.0] * 64, created_by=member).pk,
        "team": team.pk,
        "person": member.pk,
        "membership": member.memberships.get().pk,
        "invitation": Invitation.issue(team=team, created_by=admin)[0].pk,
        "token": ApiToken.issue(user=member, team=team, name="令牌")[0].pk,
    }


PAGES = sorted(
    route
    for route, rule in RULES.items()
    if "GET" in rule.methods and not route.startswith(("api/", "language/", "healthz"))
)


@pytest.mark.parametrize("route", PAGES)
def test_a_page_says_nothing_outside_of_a_translation(
    route: str, objects: dict[str, Any], admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin.is_operator = True
    admin.save()
    client = Client()
    client.force_login(admin)
    path = address(route, objects)
    with bracketed(monkeypatch):
        page = client.get(path)
    if not page.headers.get("Content-Type", "").startswith("text/html") or page.streaming:
        pytest.skip("not a page")
    found = [piece for piece in unmarked(page.text) if re.search("[A-Za-z]{2,}", CODE.sub("", piece))]
    assert not found, found

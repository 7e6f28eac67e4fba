"""Every address × every kind of person × every method, held to the table in ``access_table.py``.

A new route fails here until it has a line there. What is refused must also write nothing.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from typing import Any, cast

import pytest
from asgiref.sync import async_to_sync
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLResolver, get_resolver

from tests import factories
from tests.web.access_table import ADMIN, MEMBER, OPERATOR, PUBLIC, RULES, SIGNED_IN, SOCKETS, VIEWER, Rule
from webapp.asgi import application
from webapp.checkpoints.models import Evaluation, Prediction
from webapp.datasets.models import Upload
from webapp.metrics.routing import websocket_urlpatterns
from webapp.runs.models import Run
from webapp.teams.models import ApiToken, Invitation, Team, User

pytestmark = pytest.mark.one_database

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
RANKS = {VIEWER: 1, MEMBER: 2, ADMIN: 3}
PIN = "api/v1/checkpoints/<uuid:id>/pin"
# What a refusal may look like; 405 gives nothing away, because it says the same to everybody.
REFUSED = {401, 403, 404, 405}
HARMLESS = re.compile(
    r'^(SELECT|DECLARE|SAVEPOINT|RELEASE|ROLLBACK|BEGIN|PRAGMA)|"django_session"|"last_used_at"|"last_seen_at"', re.I
)


def routes(patterns: Any = None, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every route of the site, as text, with its view."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route)
        else:
            yield route.replace("<uuidstr:", "<uuid:"), pattern.callback


ROUTES = dict(routes())


def test_every_route_has_a_line_in_the_table() -> None:
    missing = sorted(ROUTES.keys() - RULES.keys())
    assert not missing, f"Say in tests/web/access_table.py who may use {missing}: look(role), act(role) or form(role)."


def test_every_line_of_the_table_has_a_route() -> None:
    stale = sorted(RULES.keys() - ROUTES.keys())
    assert not stale, f"Take {stale} out of tests/web/access_table.py: there are no such routes."


@pytest.mark.parametrize("route", sorted(ROUTES))
def test_every_view_carries_a_rule(route: str) -> None:
    assert getattr(ROUTES[route], "rule", None) is not None, f"Put @requires(…), @signed_in or @public on {route}."


@pytest.fixture
def objects(team: Team, admin: User, member: User) -> dict[str, Any]:
    """One of each kind of thing in the team, made by the member, by the name it has in addresses."""
    run = factories.make_run(factories.make_experiment(team, member), member, "running")
    checkpoint = factories.make_checkpoint(run)
    bystander = factories.make_user("bystander@example.org", team)
    return {
        "run": run.pk,
        "experiment": run.experiment.pk,
        "checkpoint": checkpoint.pk,
        "evaluation": Evaluation.objects.create(checkpoint=checkpoint, split="test", created_by=member).pk,
        "prediction": Prediction.objects.create(checkpoint=checkpoint, row=[0.0] * 64, created_by=member).pk,
        "preview": factories.make_preview(team, member).pk,
        "upload": Upload.objects.create(team=team, owner=member, file_name="a.zip", num_bytes=9, state="stopped").pk,
        "team": team.pk,
        "person": bystander.pk,
        "membership": bystander.memberships.get().pk,
        "invitation": Invitation.issue(team=team, created_by=admin)[0].pk,
        "token": ApiToken.issue(user=bystander, team=team, name="x")[0].pk,
    }


def address(route: str, objects: dict[str, Any]) -> str:
    """A real address of the route: ``<uuid:run_id>`` is the run, ``<uuid:id>`` what the word before it names."""

    def fill(match: re.Match[str]) -> str:
        converter, name = match[1], match[2]
        if converter in {"slug", "str"}:
            return {"slug": "digits", "str": "no-such-secret"}[converter]
        kind = name.removesuffix("_id") if name != "id" else route[: match.start()].rstrip("/").split("/")[-1][:-1]
        assert kind in objects, f"Add a {kind!r} to the fixture `objects`, so that {route} can be tried."
        return str(objects[kind])

    return "/" + re.sub(r"<(\w+):(\w+)>", fill, route)


def browser_of(user: User | None, route: str) -> Client:
    """Somebody with a session on pages, with a token in the API."""
    if user is None:
        return Client()
    if route.startswith("api/"):
        secret = ApiToken.issue(user=user, team=user.memberships.get().team, name="t")[1]
        return Client(headers={"Authorization": f"Bearer {secret}"})
    client = Client()
    client.force_login(user)
    return client


def send(client: Client, method: str, route: str, path: str) -> HttpResponse:
    if method == "GET":
        return cast(HttpResponse, client.get(path))
    as_form = method == "POST" and not route.startswith("api/")
    options = {} if as_form else {"content_type": "application/json"}
    response: HttpResponse = getattr(client, method.lower())(path, RULES[route].body, **options)
    return response


def may(person: str, rule: Rule, method: str) -> bool:
    """Whether the table lets ``person`` use ``method`` at an address of the first team."""
    role = rule.methods.get(method)
    if role is None or role == "owner":
        return False
    if role == PUBLIC or person == "anonymous":
        return role == PUBLIC
    if role == SIGNED_IN:
        return True
    if OPERATOR in (person, role):
        return person == OPERATOR and not rule.of_team
    if person == "outsider":
        return not rule.of_team
    return RANKS[person] >= RANKS[role]


def is_refusal(response: HttpResponse) -> bool:
    to_sign_in = response.status_code == 302 and response.headers["Location"].startswith("/sign-in/?next=")
    return to_sign_in or response.status_code in REFUSED


def tried(user: User | None, method: str, route: str, path: str) -> tuple[HttpResponse, list[str]]:
    """The answer, and what was written on the way; all of it is undone."""
    with transaction.atomic():
        client = browser_of(user, route)
        with CaptureQueriesContext(connection) as queries:
            response = send(client, method, route, path)
            b"".join(response) if response.streaming else response.content
        transaction.set_rollback(True)
    return response, [query["sql"] for query in queries if not HARMLESS.search(query["sql"])]


PEOPLE = ["anonymous", "outsider", VIEWER, MEMBER, ADMIN]
# To all that is not of the site an operator is an outsider.
FOR_OPERATORS = [route for route in RULES if OPERATOR in RULES[route].methods.values()]
TRIED = [(route, person) for route in RULES for person in [*PEOPLE, *[OPERATOR] * (route in FOR_OPERATORS)]]


@pytest.mark.parametrize(("route", "person"), sorted(TRIED))
def test_only_those_in_the_table_get_in(
    route: str, person: str, objects: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    user = None if person == "anonymous" else request.getfixturevalue(person)
    path = address(route, objects)
    for method in METHODS:
        response, written = tried(user, method, route, path)
        if PUBLIC in RULES[route].methods.values():
            assert response.status_code < 500
        elif may(person, RULES[route], method):
            assert not is_refusal(response) or is_gone(response, route), f"{method} {path}: {response.status_code}"
        else:
            assert is_refusal(response), f"{method} {path} answered {response.status_code} to {person}"
            assert written == []


def is_gone(response: HttpResponse, route: str) -> bool:
    """The files of the fixture's checkpoint are not there, and the page may say so after the check."""
    return "download" in route and response.status_code in (404, 410)


@pytest.mark.parametrize("route", sorted(route for route, rule in RULES.items() if "GET" in rule.methods))
def test_looking_changes_nothing(route: str, objects: dict[str, Any], admin: User, operator: User) -> None:
    looker = operator if route in FOR_OPERATORS else admin
    _, written = tried(looker, "GET", route, address(route, objects))
    assert written == []


@pytest.mark.parametrize("route", sorted(route for route in RULES if "<uuid:" in route))
def test_an_id_that_does_not_exist_is_not_found(
    route: str, objects: dict[str, Any], admin: User, operator: User
) -> None:
    looker = operator if route in FOR_OPERATORS else admin
    nowhere = {kind: uuid.uuid4() for kind in objects}
    method = next(iter(RULES[route].methods))
    assert tried(looker, method, route, address(route, nowhere))[0].status_code == 404


def test_a_member_does_not_change_what_belongs_to_another(team: Team, admin: User, member: User) -> None:
    run = factories.make_run(factories.make_experiment(team, admin), admin, "running")
    for act in ("stop", "resume", "delete", "edit"):
        response = send(browser_of(member, ""), "POST", f"runs/<uuid:run_id>/{act}/", f"/runs/{run.pk}/{act}/")
        assert response.status_code == 403, act
    assert Run.objects.get(pk=run.pk).stop_requested_at is None


@pytest.mark.parametrize("person", [MEMBER, ADMIN])
def test_what_nobody_owns_any_more_is_changed_by_admins_alone(
    team: Team, person: str, request: pytest.FixtureRequest
) -> None:
    """The account of who made it is gone. A member may no more change it than what belongs to somebody who left."""
    maker = factories.make_user("maker@example.org", team)
    run = factories.make_run(factories.make_experiment(team, maker), maker, "finished")
    checkpoint = factories.make_checkpoint(run)
    maker.delete()
    admin, user = person == ADMIN, request.getfixturevalue(person)
    answer = send(browser_of(user, "api/"), "POST", PIN, f"/{PIN.replace('<uuid:id>', str(checkpoint.pk))}")
    assert answer.status_code == (200 if admin else 403)
    client = browser_of(user, "")
    assert (f"/runs/{run.pk}/delete/" in client.get(f"/runs/{run.pk}/").content.decode()) == admin
    for path in (f"/checkpoints/{checkpoint.pk}/note/", f"/experiments/{run.experiment_id}/archive/"):
        assert client.post(path).status_code == (302 if admin else 403)
    assert client.post(f"/runs/{run.pk}/delete/").status_code == (302 if admin else 403)


def test_every_socket_has_a_line_in_the_table() -> None:
    there = {str(pattern.pattern) for pattern in websocket_urlpatterns}
    assert there == SOCKETS.keys(), "Say in SOCKETS of tests/web/access_table.py who may listen to each socket."


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("person", [*PEOPLE, OPERATOR])
@pytest.mark.parametrize("route", sorted(SOCKETS))
def test_only_those_in_the_table_may_listen(
    route: str, person: str, objects: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    client = Client()
    if person != "anonymous":
        client.force_login(request.getfixturevalue(person))
    session = client.cookies.get(settings.SESSION_COOKIE_NAME)
    cookie = f"{settings.SESSION_COOKIE_NAME}={session.value}" if session else ""
    assert async_to_sync(may_listen)(address(route, objects), cookie) == (person in RANKS)


async def may_listen(path: str, cookie: str) -> bool:
    headers = [(b"origin", b"http://localhost"), (b"host", b"localhost"), (b"cookie", cookie.encode())]
    communicator = WebsocketCommunicator(application, path, headers=headers)
    connected, _ = await communicator.connect(timeout=10)
    await communicator.disconnect()
    return bool(connected)

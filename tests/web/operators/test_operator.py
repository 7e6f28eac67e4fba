"""Operators: accounts, quotas and teams of the whole site, on pages and on the command line."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib import import_module
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from tests import factories
from webapp.checkpoints.models import Evaluation
from webapp.operators import operating
from webapp.runs.models import Run
from webapp.teams import links
from webapp.teams.models import ApiToken, Invitation, OperatorAction, Role, Team, User
from webapp.teams.tokens import holder_of

ClientOf = Callable[[User], Client]
PASSWORD = "sleeper ballast points"


@pytest.fixture
def page(operator: User, client_of: ClientOf) -> Client:
    return client_of(operator)


def do(client: Client, person: User, act: str, **form: str) -> str:
    answer = client.post(f"/site/people/{person.pk}/{act}/", form, follow=True)
    person.refresh_from_db()
    return answer.content.decode()


def run_command(*words: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue().strip()


def acts() -> list[str]:
    return list(OperatorAction.objects.order_by("pk").values_list("act", flat=True))


def test_operators_have_a_link_to_the_site_and_others_do_not(page: Client, admin: User, client_of: ClientOf) -> None:
    assert 'href="/site/"' in page.get("/help/").content.decode()
    assert 'href="/site/"' not in client_of(admin).get("/help/").content.decode()


def test_people_are_listed_with_state_teams_and_when_they_were_seen(
    page: Client, member: User, client_of: ClientOf
) -> None:
    html = page.get("/site/").content.decode()
    assert re.search(r"member@example\.org.*?active.*?Signals\s*<span class=\"muted\">\(member\).*?never", html, re.S)
    client_of(member).get("/help/")
    html = page.get("/site/", {"q": "member@"}).content.decode()
    assert "just now" in html
    assert "never" not in html


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({"q": "MEMB"}, {"member"}),
        ({"q": "signals"}, {"member", "viewer"}),
        ({"q": "poi"}, {"operator"}),
        ({"state": "operator"}, {"operator"}),
        ({"state": "deactivated"}, {"viewer"}),
        ({"state": "active", "q": "example"}, {"member", "operator"}),
        ({"q": "\0zeppelin"}, set()),
    ],
)
def test_people_are_found_by_name_address_team_and_state(
    page: Client, member: User, viewer: User, query: dict[str, str], shown: set[str]
) -> None:
    User.objects.filter(pk=viewer.pk).update(is_active=False)
    main = page.get("/site/", query).content.decode().split("<main")[1]
    assert set(re.findall(r"(\w+)@example\.org", main)) == shown


def test_a_deactivated_person_is_out_everywhere_and_loses_nothing(
    page: Client, team: Team, member: User, client_of: ClientOf, client: Client
) -> None:
    member.set_password(PASSWORD)
    member.save()
    browser, link = client_of(member), links.new_sign_in_link(member)
    _, token = ApiToken.issue(user=member, team=team, name="sweep")
    experiment = factories.make_experiment(team, member)
    queued, running = (factories.make_run(experiment, member, state) for state in ("queued", "running"))
    evaluation = Evaluation.objects.create(
        checkpoint=factories.make_checkpoint(running), split="test", created_by=member
    )
    assert "Their work is kept" in do(page, member, "deactivate")
    assert browser.get("/account/").status_code == 302
    assert client.post("/sign-in/", {"email": member.email, "password": PASSWORD}).status_code == 422
    assert client.get(link).status_code == 410
    assert holder_of(token) is None
    for job, state in ((queued, "stopped"), (evaluation, "stopped"), (running, "running")):
        job.refresh_from_db()
        assert (job.state, job.stop_requested_at) == (state, None)
    assert str(queued.history.last().reason) == "stopped by Operator while it was queued"
    assert Run.objects.count() == 2


def test_running_work_is_stopped_too_when_that_is_ticked(page: Client, team: Team, member: User) -> None:
    run = factories.make_run(factories.make_experiment(team, member), member, "running")
    assert "Also stop 1 running" in page.get(f"/site/people/{member.pk}/").content.decode()
    do(page, member, "deactivate", stop_running="on")
    run.refresh_from_db()
    assert run.stop_requested_at is not None


def test_activation_undoes_it_but_brings_no_session_back(
    page: Client, team: Team, member: User, client_of: ClientOf
) -> None:
    browser = client_of(member)
    _, token = ApiToken.issue(user=member, team=team, name="sweep")
    do(page, member, "deactivate")
    do(page, member, "activate")
    assert holder_of(token) is not None
    assert browser.get("/account/").status_code == 302
    assert client_of(member).get("/account/").status_code == 200


def test_the_page_warns_of_a_team_that_would_have_no_admin(page: Client, admin: User, member: User) -> None:
    assert "Signals will have no admin" in page.get(f"/site/people/{admin.pk}/").content.decode()
    assert "will have no admin" not in page.get(f"/site/people/{member.pk}/").content.decode()


def test_signing_out_everywhere_leaves_password_and_tokens(
    page: Client, team: Team, member: User, client_of: ClientOf
) -> None:
    browsers = [client_of(member), client_of(member)]
    _, token = ApiToken.issue(user=member, team=team, name="sweep")
    assert "is signed out everywhere" in do(page, member, "sign-out")
    assert [browser.get("/account/").status_code for browser in browsers] == [302, 302]
    assert holder_of(token) is not None
    assert client_of(member).get("/account/").status_code == 200


def test_sessions_from_before_generations_were_counted_still_hold(member: User, client_of: ClientOf) -> None:
    from django.contrib.auth.base_user import AbstractBaseUser

    assert member.get_session_auth_hash() == AbstractBaseUser.get_session_auth_hash(member)
    before = member.get_session_auth_hash()
    member.session_generation = 1
    assert member.get_session_auth_hash() != before


def test_a_sign_in_link_is_shown_once_and_signs_in(page: Client, member: User, client: Client) -> None:
    found = re.search(r'value="http://testserver(/sign-in/[^"]+)"', do(page, member, "link"))
    assert found
    assert found[1] not in page.get(f"/site/people/{member.pk}/").content.decode()
    client.post(found[1])
    assert member.email in client.get("/account/").content.decode()


def test_an_operator_makes_and_unmakes_others(page: Client, member: User) -> None:
    do(page, member, "operator")
    assert member.is_operator
    do(page, member, "no-operator")
    assert not member.is_operator


@pytest.mark.parametrize("act", ["deactivate", "no-operator"])
def test_nobody_locks_themselves_out(page: Client, operator: User, act: str) -> None:
    factories.make_user("second@example.org", is_operator=True)
    assert "You cannot do this to your own account" in do(page, operator, act)
    assert operator.is_active
    assert operator.is_operator


@pytest.mark.parametrize("act", [operating.deactivate, operating.unmake_operator])
def test_there_is_always_an_operator_who_can_sign_in(operator: User, act: Callable[..., object]) -> None:
    factories.make_user("switched-off@example.org", is_operator=True, is_active=False)
    with pytest.raises(operating.Refused, match="only operator of this site"):
        act(operator, None)
    second = factories.make_user("second@example.org", is_operator=True)
    act(operator, second)
    with pytest.raises(operating.Refused):
        act(second, operator)


def test_a_deactivated_account_gets_no_link_and_no_rights(page: Client, member: User) -> None:
    do(page, member, "deactivate")
    for act in ("link", "operator"):
        assert "is deactivated. Activate it first." in do(page, member, act)
    assert not member.is_operator


def test_who_is_created_on_the_command_line_operates_the_site(db: None) -> None:
    assert User.objects.create_superuser("root@example.org", PASSWORD).is_operator


def test_every_act_is_in_the_log(page: Client, member: User) -> None:
    for act in ("link", "sign-out", "operator", "no-operator", "deactivate", "activate"):
        do(page, member, act)
    run_command("sign_out", member.email)
    assert acts() == [
        *("link_made", "signed_out", "made_operator", "unmade_operator", "deactivated", "activated"),
        "signed_out",
    ]
    html = page.get("/site/log/").content.decode()
    assert "No longer an operator" in html
    assert "command line" in html


def test_an_operator_does_not_see_the_work_of_a_team(page: Client, team: Team, member: User) -> None:
    run = factories.make_run(factories.make_experiment(team, member), member, name="Secret run")
    for path in ("/site/", "/site/teams/", "/site/log/", f"/site/people/{member.pk}/"):
        assert "Secret run" not in page.get(path).content.decode()
    assert page.get(f"/runs/{run.pk}/").status_code == 404


def test_teams_are_listed_with_what_they_take(page: Client, team: Team, member: User) -> None:
    Team.objects.filter(pk=team.pk).update(founded_by=member)
    run = factories.make_run(factories.make_experiment(team, member), member, last_seq=1234)
    factories.make_checkpoint(run, size_bytes=2_500_000)
    factories.make_checkpoint(run, 10, size_bytes=7_000_000, purged_at=timezone.now())
    html = page.get("/site/teams/").content.decode()
    line = html[html.index(f'id="team-{team.pk}"') :].split("</tr>")[0]
    for shown in ("founded by Member", "1 member", "1,234", "2.5 MB"):
        assert shown in line


def test_an_operator_sets_the_quota_and_lifts_it(page: Client, team: Team) -> None:
    for given, quota, said in (("2.5", 2_500_000_000, "is now 2.5 GB"), ("", None, "is now no limit")):
        path = f"/site/teams/{team.pk}/quota/"
        assert said in page.post(path, {"quota": given}, follow=True).content.decode()
        team.refresh_from_db()
        assert team.quota_bytes == quota
    assert acts() == ["quota_set", "quota_set"]


@pytest.mark.parametrize(("given", "sentence"), [("0", "greater than or equal to 0.001"), ("much", "not a number")])
def test_a_quota_that_is_none_is_refused_at_its_field(page: Client, team: Team, given: str, sentence: str) -> None:
    answer = page.post(f"/site/teams/{team.pk}/quota/", {"quota": given})
    assert answer.status_code == 422
    html = answer.content.decode()
    assert sentence in html[html.index(f'id="team-{team.pk}"') :].split("</tr>")[0]


def test_the_admin_of_a_team_sees_the_quota_and_sets_it_nowhere(team: Team, admin: User, client_of: ClientOf) -> None:
    team.limit_space(10**9)
    html = client_of(admin).get("/team/").content.decode()
    assert "of 1.0 GB" in html
    assert "An operator of this site sets the quota." in html
    assert 'name="quota"' not in html


def test_an_operator_founds_a_team_for_somebody(page: Client, operator: User, member: User, team: Team) -> None:
    page.post("/site/teams/new/", {"team_name": "Class 9b", "admin_email": "Member@example.org"})
    founded = Team.objects.get(name="Class 9b")
    assert (founded.founded_by, founded.memberships.get().user) == (operator, member)
    assert founded.memberships.get().role == Role.ADMIN
    assert founded.experiments.count() == 1
    member.refresh_from_db()
    assert member.current_team != founded


def test_a_team_whose_admin_is_deactivated_gets_another_one(
    page: Client, team: Team, admin: User, member: User
) -> None:
    path = f"/site/members/{member.memberships.get().pk}/admin/"
    assert "Signals has an admin, who decides" in page.post(path, follow=True).content.decode()
    assert path not in page.get("/site/teams/").content.decode()
    do(page, admin, "deactivate")
    assert path in page.get("/site/teams/").content.decode()
    page.post(path)
    assert member.memberships.get().role == Role.ADMIN
    assert acts() == ["deactivated", "admin_made"]


def test_a_team_for_nobody_is_refused_at_its_field(page: Client, member: User) -> None:
    do(page, member, "deactivate")
    for email, sentence in (("nobody@example.org", "There is no account with"), (member.email, "is deactivated")):
        answer = page.post("/site/teams/new/", {"team_name": "Class 9b", "admin_email": email})
        assert answer.status_code == 422
        assert sentence in answer.content.decode()
    assert not Team.objects.filter(name="Class 9b").exists()


def test_commands_do_what_the_pages_do(team: Team, member: User, operator: User) -> None:
    assert run_command("deactivate", member.email) == "member@example.org is deactivated. Jobs stopped: 0."
    assert "member@example.org\tMember\tdeactivated\tnever\tSignals (member)" in run_command("people")
    with pytest.raises(CommandError, match="is deactivated"):
        run_command("sign_in_link", member.email)
    run_command("activate", member.email)
    run_command("operator", member.email)
    run_command("operator", member.email, "--remove")
    run_command("set_quota", "Signals", "1.5GB")
    team.refresh_from_db()
    assert team.quota_bytes == 1_500_000_000
    run_command("set_quota", str(team.pk), "none")
    founded = run_command("found_team", "Class 9b", "--admin", member.email)
    assert Team.objects.get(pk=founded).memberships.get().user == member
    assert acts() == [
        *("deactivated", "activated", "made_operator", "unmade_operator", "quota_set", "quota_set", "team_founded")
    ]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["deactivate", "x@y.z"], "no account 'x@y.z'. Accounts: operator@example.org"),
        (["deactivate", "operator@example.org"], "only operator of this site"),
        (["operator", "operator@example.org", "--remove"], "only operator of this site"),
        (["set_quota", "Third", "1GB"], "no team 'Third'. Teams: Points"),
        (["set_quota", "Points", "much"], "is not a size from 1MB to 1000TB"),
        (["found_team", "Third", "--admin", "x@y.org"], "There is no account with x@y.org"),
    ],
)
def test_a_command_that_cannot_be_carried_out_says_why(operator: User, words: list[str], sentence: str) -> None:
    with pytest.raises(CommandError, match=re.escape(sentence)):
        run_command(*words)
    assert acts() == []


def test_an_update_makes_the_earliest_active_account_the_operator(team: Team) -> None:
    migration = import_module("webapp.teams.migrations.0005_name_the_first_operator")
    gone = factories.make_user("gone@example.org", team, is_active=False)
    first, second = (factories.make_user(f"{name}@example.org", team) for name in ("first", "second"))
    Invitation.issue(team=team, created_by=first, accepted_at=timezone.now())
    for step in migration.Migration.operations:
        step.code(apps, None)
    assert list(User.objects.filter(is_operator=True)) == [first]
    team.refresh_from_db()
    assert team.founded_by == gone
    assert Invitation.objects.get().uses == 1
    second.is_operator = True
    second.save()
    User.objects.filter(pk=first.pk).update(is_operator=False)
    migration.name_the_first_operator(apps, None)
    assert list(User.objects.filter(is_operator=True)) == [second]

"""The pages of operators: people, teams, and the log of what operators did."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from trainer.messages.message import Message
from webapp.jobs.models import JobState
from webapp.language.sorting import by_name
from webapp.operators import operating, overview
from webapp.teams import one_time_secrets
from webapp.teams.access import person_of, requires_operator
from webapp.teams.forms import FoundTeamForm, QuotaForm
from webapp.teams.models import Membership, OperatorAction, Team, User

ROWS_A_PAGE = 50
Act = Callable[[User, User], Any]
Done = Callable[[str], Message]


@requires_operator
@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """All accounts, filtered by ``?q=`` and ``?state=``."""
    # PostgreSQL refuses texts with a NUL.
    wanted, state = request.GET.get("q", "").replace("\0", "").strip(), request.GET.get("state", "")
    found = overview.people(wanted, state)
    context = {
        "page": Paginator(found, ROWS_A_PAGE).get_page(request.GET.get("page")),
        "wanted": wanted,
        "state": state,
        "states": overview.STATES,
    }
    return render(request, "operators/people.html", context)


@requires_operator
@never_cache
@require_safe
def person(request: HttpRequest, person_id: int) -> HttpResponse:
    """One account, and the actions on it."""
    person = get_object_or_404(User, pk=person_id)
    context = {
        "person": person,
        "is_self": person == request.user,
        "memberships": person.memberships.select_related("team").order_by(by_name("team__name")),
        "num_tokens": person.api_tokens.count(),
        "num_queued": len(operating.work_of(person, JobState.QUEUED)),
        "num_running": len(operating.work_of(person, JobState.RUNNING)),
        "alone_in": overview.teams_that_lose_their_admin(person),
        "log": log_lines().filter(person=person)[:10],
        "new_link": one_time_secrets.take(request, f"sign-in-{person.pk}"),
    }
    return render(request, "operators/person.html", context)


@requires_operator
@require_POST
def person_deactivate(request: HttpRequest, person_id: int) -> HttpResponse:
    stop_running = "stop_running" in request.POST
    return do(
        request,
        person_id,
        lambda person, by: operating.deactivate(person, by, stop_running=stop_running),
        lambda name: Message("{person} can no longer sign in. Their work is kept.", person=name),
    )


@requires_operator
@require_POST
def person_activate(request: HttpRequest, person_id: int) -> HttpResponse:
    return do(request, person_id, operating.activate, lambda name: Message("{person} can sign in again.", person=name))


@requires_operator
@require_POST
def person_sign_out(request: HttpRequest, person_id: int) -> HttpResponse:
    return do(
        request, person_id, operating.sign_out, lambda name: Message("{person} is signed out everywhere.", person=name)
    )


@requires_operator
@require_POST
def person_operator(request: HttpRequest, person_id: int) -> HttpResponse:
    return do(
        request, person_id, operating.make_operator, lambda name: Message("{person} is now an operator.", person=name)
    )


@requires_operator
@require_POST
def person_no_operator(request: HttpRequest, person_id: int) -> HttpResponse:
    return do(
        request,
        person_id,
        operating.unmake_operator,
        lambda name: Message("{person} is no longer an operator.", person=name),
    )


@requires_operator
@require_POST
def person_link(request: HttpRequest, person_id: int) -> HttpResponse:
    """Create a link that signs the person in once; the next page shows it once."""

    def make(person: User, by: User) -> None:
        path = operating.new_sign_in_link(person, by)
        one_time_secrets.keep(request, f"sign-in-{person.pk}", request.build_absolute_uri(path))

    return do(request, person_id, make)


def do(request: HttpRequest, person_id: int, act: Act, done: Done | None = None) -> HttpResponse:
    """Apply ``act`` to the person, and report what ``done`` says of them, or why it was refused."""
    person = get_object_or_404(User, pk=person_id)
    try:
        act(person, person_of(request))
    except operating.Refused as error:
        messages.error(request, str(error))
    else:
        if done:
            messages.success(request, str(done(str(person))))
    return redirect("site-person", person.pk)


@requires_operator
@require_safe
def teams(request: HttpRequest) -> HttpResponse:
    return teams_page(request)


def teams_page(request: HttpRequest, *, wrong_quota: QuotaForm | None = None, **bound: Any) -> HttpResponse:
    """Every team with its storage usage; ``wrong_quota`` and ``bound`` are forms with errors to show."""
    context = {
        "lines": overview.teams(wrong_quota),
        "found_form": FoundTeamForm(initial={"admin_email": person_of(request).email}),
    }
    is_wrong = wrong_quota is not None or bool(bound)
    return render(request, "operators/teams.html", context | bound, status=422 if is_wrong else 200)


@requires_operator
@require_POST
def team_quota(request: HttpRequest, team_id: str) -> HttpResponse:
    """Limit the space of the team's checkpoints, or lift the limit."""
    team = get_object_or_404(Team, pk=team_id)
    form = QuotaForm(team, request.POST)
    if not form.is_valid():
        return teams_page(request, wrong_quota=form)
    limit = operating.set_quota(team, form.num_bytes, person_of(request))
    messages.success(request, str(Message("The quota of {team} is now {limit}.", team=str(team), limit=limit)))
    return redirect(f"{reverse('site-teams')}#team-{team.pk}")


@requires_operator
@require_POST
def team_admin(request: HttpRequest, membership_id: str) -> HttpResponse:
    """Make a member the admin of a team whose own admins cannot sign in."""
    membership = get_object_or_404(Membership.objects.select_related("team", "user"), pk=membership_id)
    try:
        operating.make_admin(membership, person_of(request))
    except operating.Refused as error:
        messages.error(request, str(error))
    else:
        person, team = str(membership.user), str(membership.team)
        messages.success(request, str(Message("{person} is now an admin of {team}.", person=person, team=team)))
    return redirect(f"{reverse('site-teams')}#team-{membership.team_id}")


@requires_operator
@require_POST
def team_found(request: HttpRequest) -> HttpResponse:
    form = FoundTeamForm(request.POST)
    if not form.is_valid():
        return teams_page(request, found_form=form)
    admin = form.cleaned_data["admin_email"]
    try:
        team = operating.found_team(form.cleaned_data["team_name"], admin, person_of(request))
    except operating.Refused as error:
        form.add_error("admin_email", str(error))
        return teams_page(request, found_form=form)
    done = Message("{team} is ready; {person} is its admin.", team=str(team), person=str(admin))
    messages.success(request, str(done))
    return redirect("site-teams")


@requires_operator
@require_safe
def log(request: HttpRequest) -> HttpResponse:
    """The actions of operators, the latest first."""
    page = Paginator(log_lines(), ROWS_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "operators/log.html", {"page": page, "log": page.object_list})


def log_lines() -> Any:
    return OperatorAction.objects.select_related("by", "person", "team").order_by("-at", "-pk")

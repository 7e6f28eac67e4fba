"""Actions of operators on accounts and teams, shared by pages and commands.

``by`` is the operator, or ``None`` on the command line. Every action is written to the log of operators.
"""

from __future__ import annotations

from django.db import transaction
from django.db.models import F

from trainer.errors import Explained
from trainer.messages.message import Message, Words, verbatim
from webapp.experiments.examples import create_example
from webapp.jobs.lifecycle import WrongState, request_stop
from webapp.jobs.models import Job, JobState, job_models
from webapp.teams import links, members
from webapp.teams.access import operators
from webapp.teams.models import Membership, OperatorAct, OperatorAction, Role, SignInLink, Team, User
from webapp.ui.filters import filesize_short


class Refused(Explained):
    """The action would leave the site without an operator, or is not possible for the account."""


@transaction.atomic
def deactivate(person: User, by: User | None, *, stop_running: bool = False) -> int:
    """End the person's access and stop their queued jobs; with ``stop_running`` also their running ones.

    Returns how many jobs were stopped. Sessions and sign-in links end for good; API tokens and invitations are
    refused until the account is activated again. Raises :class:`Refused`.
    """
    keep_an_operator(person, by)
    end_sessions(person)
    User.objects.filter(pk=person.pk).update(is_active=False)
    states = [JobState.QUEUED, JobState.RUNNING] if stop_running else [JobState.QUEUED]
    num_stopped = sum(stop(job, by) for state in states for job in work_of(person, state))
    detail = Message("{count} stopped", count=num_stopped) if num_stopped else ""
    note(by, OperatorAct.DEACTIVATED, person=person, detail=detail)
    return num_stopped


@transaction.atomic
def activate(person: User, by: User | None) -> None:
    """Let the person sign in again; their tokens and invitations work again, too."""
    User.objects.filter(pk=person.pk).update(is_active=True)
    note(by, OperatorAct.ACTIVATED, person=person)


@transaction.atomic
def sign_out(person: User, by: User | None) -> None:
    """End all sessions of the person; API tokens continue to work."""
    end_sessions(person)
    note(by, OperatorAct.SIGNED_OUT, person=person)


@transaction.atomic
def new_sign_in_link(person: User, by: User | None) -> str:
    """Return the path of a link that signs the person in once. Raises :class:`Refused` for a deactivated account."""
    refuse_deactivated(person)
    note(by, OperatorAct.LINK_MADE, person=person)
    return links.new_sign_in_link(person)


@transaction.atomic
def make_operator(person: User, by: User | None) -> None:
    """Make the person an operator. Raises :class:`Refused` for a deactivated account."""
    refuse_deactivated(person)
    User.objects.filter(pk=person.pk).update(is_operator=True)
    note(by, OperatorAct.MADE_OPERATOR, person=person)


@transaction.atomic
def unmake_operator(person: User, by: User | None) -> None:
    """Withdraw the operator rights. Raises :class:`Refused` for the last operator, and for oneself."""
    keep_an_operator(person, by)
    User.objects.filter(pk=person.pk).update(is_operator=False)
    note(by, OperatorAct.UNMADE_OPERATOR, person=person)


@transaction.atomic
def set_quota(team: Team, num_bytes: int | None, by: User | None) -> Words:
    """Limit what the team's checkpoints may take, or lift the limit. Returns the limit in words."""
    team.limit_space(num_bytes)
    limit = Message("no limit") if num_bytes is None else filesize_short(num_bytes)
    note(by, OperatorAct.QUOTA_SET, team=team, detail=limit)
    return limit


@transaction.atomic
def found_team(name: str, admin: User, by: User | None) -> Team:
    """Create a team with ``admin`` as its admin, and the example. Raises :class:`Refused` for a deactivated account."""
    refuse_deactivated(admin)
    team = links.found_team(admin, name, by=by)
    create_example(team, admin)
    note(by, OperatorAct.TEAM_FOUNDED, team=team, detail=Message("for {person}", person=str(admin)))
    return team


@transaction.atomic
def make_admin(membership: Membership, by: User | None) -> None:
    """Make a member admin of a team whose admins cannot sign in. Raises :class:`Refused` if one of them can."""
    refuse_deactivated(membership.user)
    current = members.lock(membership)
    if current.team.memberships.filter(role=Role.ADMIN, user__is_active=True).exists():
        raise Refused(Message("{team} has an admin, who decides on the roles of its members.", team=str(current.team)))
    members.change_role(current, Role.ADMIN)
    note(by, OperatorAct.ADMIN_MADE, team=current.team, detail=verbatim(str(current.user)))


def work_of(person: User, state: JobState) -> list[Job]:
    """The jobs that the person requested and that are in ``state``."""
    asked_for = [kind for kind in job_models() if kind.person_lookup]
    return [job for kind in asked_for for job in kind.rows().filter(**{kind.person_lookup: person.pk}, state=state)]


def stop(job: Job, by: User | None) -> bool:
    """Request a stop. Returns ``False`` if the job has ended in the meantime."""
    try:
        request_stop(job, by or Message("an operator"))
    except WrongState:
        return False
    return True


def end_sessions(person: User) -> None:
    User.objects.filter(pk=person.pk).update(session_generation=F("session_generation") + 1)
    SignInLink.objects.filter(user=person, used_at=None).delete()


def keep_an_operator(person: User, by: User | None) -> None:
    """Raise :class:`Refused` if ``person`` is the last operator, or if they do it to themselves.

    The operators' rows stay locked until the commit, so that two operators cannot remove each other at once.
    """
    there = list(operators().select_for_update())
    if person == by:
        raise Refused(Message("You cannot do this to your own account. Ask another operator."))
    if there == [person]:
        only = Message(
            "{person} is the only operator of this site. Make another person an operator first.", person=str(person)
        )
        raise Refused(only)


def refuse_deactivated(person: User) -> None:
    if not person.is_active:
        raise Refused(Message("The account of {person} is deactivated. Activate it first.", person=str(person)))


def note(
    by: User | None,
    act: OperatorAct,
    *,
    person: User | None = None,
    team: Team | None = None,
    detail: Words = "",
) -> None:
    OperatorAction.objects.create(by=by, act=act, person=person, team=team, detail=detail)

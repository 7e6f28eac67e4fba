"""The actions launch, resume, delete and restore."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Now

from trainer.errors import Problem, SpecError
from trainer.messages.message import Message, joined
from trainer.spec import Spec
from trainer.validation.compatibility import check_spec
from trainer.validation.parsing import parse_spec
from webapp.checkpoints.availability import FilesGone, lock_usable, nothing_left, why_unusable
from webapp.checkpoints.models import Checkpoint
from webapp.experiments.models import Experiment
from webapp.jobs import dispatch
from webapp.jobs.lifecycle import ENDED, WrongState, queue_again, request_stop
from webapp.jobs.models import JobState
from webapp.jobs.wording import state_in_words
from webapp.launches.branching import branch_problems
from webapp.launches.disk_space import bytes_promised, refuse_without_room
from webapp.runs.models import Run
from webapp.storage import quota
from webapp.teams.models import Team, User

__all__ = [
    "WrongState",
    "delete",
    "launch",
    "refuse_other_data",
    "refuse_without_files",
    "request_stop",
    "restore",
    "resume",
]

FROM_THE_START = Message("Launch it again to train from the start, or restore the files of a checkpoint and verify it.")


def launch(
    experiment: Experiment,
    spec: Spec,
    *,
    user: User | None,
    name: str = "",
    notes: str = "",
    tags: Iterable[str] = (),
    parent: Checkpoint | None = None,
    reproduces: Run | None = None,
    id: uuid.UUID | None = None,
) -> Run:
    """Queue a new run, which starts with the weights of ``parent`` if given.

    Raises :class:`SpecError`, before anything is queued, when the spec cannot be trained, the parent cannot be used,
    the experiment accepts no runs, the quota of the team has no room for it, or ``user`` has the maximum number of
    runs queued.

    A form gives the run its ``id``, so that a double click launches once: the second raises ``IntegrityError``.
    """
    _refuse_experiment(experiment, parent)
    spec = _with_known_data(experiment, spec)
    facts = experiment.dataset.facts
    problems = check_spec(spec, facts) or (branch_problems(spec, facts, parent) if parent else [])
    if problems:
        raise SpecError(problems)
    refuse_without_room(spec, facts)
    promised = bytes_promised(spec, facts)
    with transaction.atomic():
        _hold_parent(parent)
        held = Experiment.objects.select_for_update().get(pk=experiment.pk)
        _refuse_experiment(held, parent)  # it may have been archived since
        number = _next_number(held)
        _refuse_beyond_limits(experiment.team, user, promised)
        run = Run.objects.create(
            id=id or uuid.uuid4(),
            experiment=experiment,
            dataset=experiment.dataset,
            number=number,
            name=name.strip() or str(Message("run {number}", number=number)),
            notes=notes,
            tags=list(dict.fromkeys(tags)),
            spec=spec.to_json(),
            promised_bytes=promised,
            parent=parent,
            reproduces=reproduces,
            created_by=user,
        )
        run.record_state_change(Message("launched by {person}", person=str(user)) if user else Message("launched"))
        dispatch.notify_workers(run)
    return run


def resume(run: Run, *, user: User | None, epochs: int | None = None) -> None:
    """Resume an ended run from its newest checkpoint, to its planned epochs or to ``epochs`` in total.

    Raises :class:`WrongState` when it has not ended, nothing is left to train, it has no usable checkpoint, or its
    data has changed since, :class:`SpecError` when ``epochs`` is not an acceptable number, the quota of the team has no
    room for the rest, or the run's person has the maximum number of runs queued.
    """
    run.refresh_from_db()
    if run.deleted_at is not None:
        raise WrongState(Message("{run} is deleted; restore it first.", run=run.name))
    if not run.is_finished:
        raise WrongState(
            Message(
                "{run} is {state}; only a stopped, failed or finished run can be resumed.",
                run=run.name,
                state=state_in_words(run.display_state),
            )
        )
    planned = run.planned_epochs
    target = planned if epochs is None else epochs
    _refuse_if_nothing_is_left(run, target)
    refuse_other_data(run)
    refuse_without_files(run)
    promised = bytes_promised(_to_epochs(run, target), run.dataset.facts)
    reason = _resumed(user, target, planned)
    extended_to = run.extended_to if target == planned else target
    with transaction.atomic():
        held = Run.objects.select_for_update(of=("self",)).get(pk=run.pk)
        more = max(0, promised - held.recorded_bytes - quota.stored_bytes(held.checkpoints.all()))
        _refuse_beyond_limits(run.experiment.team, run.created_by, more, run=run, asked_by=user)
        queue_again(run, reason, extended_to=extended_to, promised_bytes=promised, over_quota_at=None)


def delete(run: Run, user: User | None) -> None:
    """Remove the run from every list; :func:`restore` undoes it. A queued run is stopped first."""
    run.refresh_from_db()
    if run.state == JobState.QUEUED:
        request_stop(run, user)
    with transaction.atomic():
        rows = Run.objects.filter(pk=run.pk, state__in=ENDED, deleted_at=None)
        if not rows.update(deleted_at=Now()):
            run.refresh_from_db()
            raise WrongState(_not_deletable(run))
        run.refresh_from_db()
        run.record_state_change(Message("deleted by {person}", person=str(user)) if user else Message("deleted"))


def restore(run: Run, user: User | None) -> None:
    """Undo :func:`delete`."""
    with transaction.atomic():
        if not Run.objects.filter(pk=run.pk, deleted_at__isnull=False).update(deleted_at=None):
            raise WrongState(Message("{run} is not deleted.", run=run.name))
        run.refresh_from_db()
        run.record_state_change(Message("restored by {person}", person=str(user)) if user else Message("restored"))


def _resumed(user: User | None, target: int, planned: int) -> Message:
    if target == planned:
        return Message("resumed by {person}", person=str(user)) if user else Message("resumed")
    if user is None:
        return Message("resumed, to {target} epochs instead of {planned}", target=target, planned=planned)
    return Message(
        "resumed by {person}, to {target} epochs instead of {planned}",
        person=str(user),
        target=target,
        planned=planned,
    )


def _not_deletable(run: Run) -> Message:
    if run.deleted_at:
        return Message("{run} is already deleted.", run=run.name)
    return Message("{run} is {state}; stop it first.", run=run.name, state=state_in_words(run.display_state))


def _hold_parent(parent: Checkpoint | None) -> None:
    """Lock its row until the commit, so that its files stay while a run that starts with them is being queued."""
    if parent is not None:
        try:
            lock_usable(parent)
        except FilesGone as gone:
            raise SpecError([Problem((), gone.message)]) from None


def _refuse_beyond_limits(
    team: Team, person: User | None, more: int, *, run: Run | None = None, asked_by: User | None = None
) -> None:
    """Raise :class:`SpecError` when ``person`` may queue no further run, or the quota has no room for ``more`` bytes.

    Locks the rows of both until the commit, so that two simultaneous requests do not share the last place.
    """
    if person is not None:
        User.objects.select_for_update(no_key=True).get(pk=person.pk)
        most = settings.MAX_QUEUED_RUNS_PER_PERSON
        if Run.objects.filter(created_by=person, state=JobState.QUEUED).count() >= most:
            advice = Message("Stop some of them, or wait until some have started.")
            named = None if asked_by in {None, person} else person
            raise SpecError([Problem((), joined(_most_queued(named, most), advice))])
    quota.refuse_beyond_quota(Team.objects.select_for_update(no_key=True).get(pk=team.pk), more, but=run)


def _most_queued(person: User | None, most: int) -> Message:
    """Of another ``person``, or of the one who asked."""
    if person is None:
        return Message(
            "You have {count} run queued, the most allowed for one person.",
            plural="You have {count} runs queued, the most allowed for one person.",
            count=most,
        )
    return Message(
        "{person} has {count} run queued, the most allowed for one person.",
        plural="{person} has {count} runs queued, the most allowed for one person.",
        person=str(person),
        count=most,
    )


def _next_number(experiment: Experiment) -> int:
    """1, 2, 3 …: the caller locks the experiment's row until the commit. (SQLite locks the whole database.)"""
    last = experiment.runs.aggregate(last=Max("number"))["last"]
    return (last or 0) + 1


def _refuse_experiment(experiment: Experiment, parent: Checkpoint | None) -> None:
    """Raise :class:`SpecError` when the experiment is archived, or belongs to another team than the parent.

    A person may be in both teams, but other members of the second one could read weights that they may not see.
    """
    if experiment.archived_at is not None:
        message = Message(
            "The experiment {experiment} is archived. Unarchive it on its page, or choose another one.",
            experiment=experiment.name,
        )
        raise SpecError([Problem(("experiment",), message)])
    if parent is not None and parent.run.experiment.team != experiment.team:
        message = Message(
            "The checkpoint {checkpoint} belongs to another team than the experiment {experiment}. Choose an "
            "experiment of {team}.",
            checkpoint=parent.name,
            experiment=experiment.name,
            team=str(parent.run.experiment.team),
        )
        raise SpecError([Problem(("experiment",), message)])


def _with_known_data(experiment: Experiment, spec: Spec) -> Spec:
    """The spec with the content hash of the data that it will train on, if known."""
    known = experiment.dataset
    if spec.dataset.name != known.name:
        message = Message(
            "The experiment {experiment} is about {dataset}, not {other}. Choose {dataset}, or another experiment.",
            experiment=experiment.name,
            dataset=known.name,
            other=spec.dataset.name,
        )
        raise SpecError([Problem(("dataset", "name"), message)])
    if not known.content_hash:
        return spec
    given = spec.dataset.content_hash
    if given is not None and given != known.content_hash:
        message = Message(
            "The data of {dataset} is no longer that of hash {hash}…; leave the hash empty.",
            dataset=known.name,
            hash=given[:12],
        )
        raise SpecError([Problem(("dataset", "content_hash"), message)])
    dataset = spec.dataset.model_copy(update={"content_hash": known.content_hash})
    return spec.model_copy(update={"dataset": dataset})


def _refuse_if_nothing_is_left(run: Run, target: int) -> None:
    newest = run.checkpoints.filter(purged_at=None, damaged="").aggregate(epoch=Max("epoch"))["epoch"] or 0
    if target <= newest:
        raise WrongState(
            Message(
                "Nothing is left to train: {run} has done {done} epochs and {target} are asked for. Give a number of "
                "epochs above {done}.",
                run=run.name,
                done=newest,
                target=target,
            )
        )


def refuse_other_data(run: Run) -> None:
    """Raise :class:`WrongState` when the run's data has changed: training on both could not be reproduced."""
    trained_on = data_of(run)
    known = run.dataset
    if known.content_hash and trained_on and known.content_hash != trained_on:
        raise WrongState(
            Message(
                "The data of {dataset} has changed since: {run} was trained on that of hash {old}…, now it is {new}…. "
                "Run it again with changes to train on the data as it is now.",
                dataset=known.name,
                run=run.name,
                old=trained_on[:12],
                new=known.content_hash[:12],
            )
        )


def refuse_without_files(run: Run) -> None:
    """Raise :class:`WrongState` when the run could only start from zero, although it has trained before."""
    if sentence := nothing_left(run):
        raise WrongState(joined(sentence, FROM_THE_START))
    if run.parent is not None and not run.checkpoints.exists() and (sentence := why_unusable(run.parent)):
        begins = Message("{run} begins with the weights of {parent}.", run=run.name, parent=run.parent.name)
        raise WrongState(joined(begins, sentence))


def data_of(run: Run) -> str:
    """The hash of the data that the run was launched for, else of the data it loaded; "" when neither is known."""
    expected = run.spec["dataset"].get("content_hash")
    if expected:
        return str(expected)
    started = run.events.filter(kind="started").order_by("-seq").first()
    return str(started.payload.get("content_hash", "")) if started else ""


def _to_epochs(run: Run, epochs: int) -> Spec:
    """The run's spec with ``epochs`` epochs. Raises :class:`SpecError` when that is not an acceptable number."""
    spec = run.current_spec
    return parse_spec(spec | {"fit": spec["fit"] | {"epochs": epochs}})

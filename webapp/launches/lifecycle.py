"""The actions launch, resume, delete and restore."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Now

from trainer.errors import Problem, SpecError
from trainer.spec import Spec
from trainer.validation.compatibility import check_spec
from trainer.validation.parsing import parse_spec
from webapp.checkpoints.availability import FilesGone, lock_usable, nothing_left, why_unusable
from webapp.checkpoints.models import Checkpoint
from webapp.experiments.models import Experiment
from webapp.jobs import dispatch
from webapp.jobs.lifecycle import ENDED, WrongState, queue_again, request_stop
from webapp.jobs.models import JobState
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

FROM_THE_START = "Launch it again to train from the start, or restore the files of a checkpoint and verify it."


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
            number=number,
            name=name.strip() or f"run {number}",
            notes=notes,
            tags=list(dict.fromkeys(tags)),
            spec=spec.to_json(),
            promised_bytes=promised,
            parent=parent,
            reproduces=reproduces,
            created_by=user,
        )
        run.record_state_change(f"launched by {user}" if user else "launched")
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
        raise WrongState(f"{run} is deleted; restore it first.")
    if not run.is_finished:
        raise WrongState(f"{run} is {run.display_state}; only a stopped, failed or finished run can be resumed.")
    planned = run.planned_epochs
    target = planned if epochs is None else epochs
    _refuse_if_nothing_is_left(run, target)
    refuse_other_data(run)
    refuse_without_files(run)
    promised = bytes_promised(_to_epochs(run, target), run.experiment.dataset.facts)
    reason = f"resumed by {user}" if user else "resumed"
    reason += "" if target == planned else f", to {target} epochs instead of {planned}"
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
            raise WrongState(
                f"{run} is already deleted." if run.deleted_at else f"{run} is {run.display_state}; stop it first."
            )
        run.refresh_from_db()
        run.record_state_change(f"deleted by {user}" if user else "deleted")


def restore(run: Run, user: User | None) -> None:
    """Undo :func:`delete`."""
    with transaction.atomic():
        if not Run.objects.filter(pk=run.pk, deleted_at__isnull=False).update(deleted_at=None):
            raise WrongState(f"{run} is not deleted.")
        run.refresh_from_db()
        run.record_state_change(f"restored by {user}" if user else "restored")


def _hold_parent(parent: Checkpoint | None) -> None:
    """Lock its row until the commit, so that its files stay while a run that starts with them is being queued."""
    if parent is not None:
        try:
            lock_usable(parent)
        except FilesGone as gone:
            raise SpecError([Problem((), str(gone))]) from None


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
            who = f"{person} has" if asked_by not in {None, person} else "You have"
            queued = "1 run queued" if most == 1 else f"{most} runs queued"
            advice = "Stop some of them, or wait until some have started."
            raise SpecError([Problem((), f"{who} {queued}, the most allowed for one person. {advice}")])
    quota.refuse_beyond_quota(Team.objects.select_for_update(no_key=True).get(pk=team.pk), more, but=run)


def _next_number(experiment: Experiment) -> int:
    """1, 2, 3 …: the caller locks the experiment's row until the commit. (SQLite locks the whole database.)"""
    last = experiment.runs.aggregate(last=Max("number"))["last"]
    return (last or 0) + 1


def _refuse_experiment(experiment: Experiment, parent: Checkpoint | None) -> None:
    """Raise :class:`SpecError` when the experiment is archived, or belongs to another team than the parent.

    A person may be in both teams, but other members of the second one could read weights that they may not see.
    """
    if experiment.archived_at is not None:
        message = f"The experiment {experiment} is archived. Unarchive it on its page, or choose another one."
        raise SpecError([Problem(("experiment",), message)])
    if parent is not None and parent.run.experiment.team != experiment.team:
        message = f"The checkpoint {parent} belongs to another team than the experiment {experiment}."
        raise SpecError([Problem(("experiment",), f"{message} Choose an experiment of {parent.run.experiment.team}.")])


def _with_known_data(experiment: Experiment, spec: Spec) -> Spec:
    """The spec with the content hash of the data that it will train on, if known."""
    known = experiment.dataset
    if spec.dataset.name != known.name:
        message = f"The experiment {experiment} is about {known}, not {spec.dataset.name}."
        raise SpecError([Problem(("dataset", "name"), f"{message} Choose {known}, or another experiment.")])
    if not known.content_hash:
        return spec
    given = spec.dataset.content_hash
    if given is not None and given != known.content_hash:
        message = f"The data of {known} is no longer that of hash {given[:12]}…; leave the hash empty."
        raise SpecError([Problem(("dataset", "content_hash"), message)])
    dataset = spec.dataset.model_copy(update={"content_hash": known.content_hash})
    return spec.model_copy(update={"dataset": dataset})


def _refuse_if_nothing_is_left(run: Run, target: int) -> None:
    newest = run.checkpoints.filter(purged_at=None, damaged="").aggregate(epoch=Max("epoch"))["epoch"] or 0
    if target <= newest:
        raise WrongState(
            f"Nothing is left to train: {run} has done {newest} epochs and {target} are asked for. "
            f"Give a number of epochs above {newest}."
        )


def refuse_other_data(run: Run) -> None:
    """Raise :class:`WrongState` when the run's data has changed: training on both could not be reproduced."""
    trained_on = data_of(run)
    known = run.experiment.dataset
    if known.content_hash and trained_on and known.content_hash != trained_on:
        raise WrongState(
            f"The data of {known.name} has changed since: {run} was trained on that of hash {trained_on[:12]}…, now it "
            f"is {known.content_hash[:12]}…. Run it again with changes to train on the data as it is now."
        )


def refuse_without_files(run: Run) -> None:
    """Raise :class:`WrongState` when the run could only start from zero, although it has trained before."""
    if sentence := nothing_left(run):
        raise WrongState(f"{sentence} {FROM_THE_START}")
    if run.parent is not None and not run.checkpoints.exists() and (sentence := why_unusable(run.parent)):
        raise WrongState(f"{run} begins with the weights of {run.parent}. {sentence}")


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

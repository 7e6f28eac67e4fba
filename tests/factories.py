"""Rows for tests, made as the product makes them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils import timezone

from tests.made_up import table_facts
from trainer.events.events import AnyEvent, EpochEnded, Started
from trainer.spec import Augmentation, DatasetChoice, Spec
from webapp.checkpoints.models import Checkpoint, Evaluation
from webapp.datasets.access import dataset_named
from webapp.datasets.models import Dataset
from webapp.experiments.models import Experiment
from webapp.jobs.models import JobState
from webapp.launches.models import AugmentationPreview
from webapp.runs.models import Run
from webapp.storage import prepared
from webapp.teams.models import Membership, Role, Team, User

REGRESSION = {"diabetes", "california_housing"}
DIGEST = "0" * 64


def make_team(name: str) -> Team:
    return Team.objects.create(name=name)


def make_user(email: str, team: Team | None = None, role: Role = Role.MEMBER, **fields: Any) -> User:
    """A person whose name is the part of the address before the @."""
    fields.setdefault("name", email.split("@", 1)[0].capitalize())
    user = User.objects.create_user(email, **fields)
    if team is not None:
        Membership.objects.create(team=team, user=user, role=role)
    return user


OWN_FACTS = table_facts(
    ("length", "width", "weight", "torque"), ("good", "scrap"), 200, name="parts", title="Machine parts"
)


def make_dataset(team: Team, owner: User | None = None, **facts: Any) -> Dataset:
    """A team's own dataset of rows that a small network tells apart, prepared in the data folder."""
    import numpy as np

    from trainer.data.preparing import write_prepared

    known = OWN_FACTS.model_copy(update=facts)
    inputs = np.random.default_rng(0).normal(size=(known.num_examples, 4)).astype(np.float32)
    targets = (inputs.sum(axis=1) > 0).astype(np.int32)
    if known.task == "multilabel":
        targets = (inputs[:, : known.num_classes] > 0).astype(np.float32)
    folder = write_prepared(known, inputs, targets, settings.DATA_DIR / "datasets")
    return Dataset.objects.create(
        team=team,
        owner=owner,
        name=known.name,
        facts=known,
        state="finished",
        content_hash=folder.name,
        num_bytes=prepared.size_of(folder.name),
        summary={"content_hash": folder.name},
    )


def make_preview(team: Team, person: User, **fields: Any) -> AugmentationPreview:
    """A question what a rotation makes of the digits."""
    asked: dict[str, Any] = {"augmentation": Augmentation(rotation=10.0).model_dump(mode="json"), "digest": DIGEST}
    asked |= {"dataset": dataset_named(team, "digits"), **fields}
    return AugmentationPreview.objects.create(team=team, person=person, **asked)


def make_experiment(team: Team, user: User | None, dataset: str = "digits", **fields: Any) -> Experiment:
    metric = ("val_loss", "min") if dataset in REGRESSION else ("val_accuracy", "max")
    name = fields.pop("name", None) or f"{dataset} {team.experiments.count() + 1}"
    return Experiment.objects.create(
        team=team,
        created_by=user,
        name=name,
        dataset=dataset_named(team, dataset),
        metric=metric[0],
        metric_mode=metric[1],
        **fields,
    )


def make_run(experiment: Experiment, user: User | None, state: str = "queued", **fields: Any) -> Run:
    """A run of the default spec; ``spec`` may be given as a Spec. Beyond "queued" it looks as if it had worked."""
    spec = fields.pop("spec", None) or Spec(dataset=DatasetChoice(name=experiment.dataset.name))
    number = experiment.runs.count() + 1
    fields = _times_of(JobState(state)) | {"number": number, "name": f"Run {number}"} | fields
    spec_json = spec.to_json() if isinstance(spec, Spec) else spec
    fields.setdefault("dataset", experiment.dataset)
    return Run.objects.create(experiment=experiment, created_by=user, state=state, spec=spec_json, **fields)


def _times_of(state: JobState) -> dict[str, Any]:
    if state == JobState.QUEUED:
        return {}
    started = {"attempt": 1, "started_at": timezone.now()}
    return started | ({"finished_at": timezone.now()} if state.is_finished else {})


def make_checkpoint(run: Run, epoch: int = 5, **fields: Any) -> Checkpoint:
    """A checkpoint's row; its files are not there unless a test writes them."""
    attempt = fields.pop("attempt", None) or run.attempt or 1
    name = f"cp-{epoch:04d}"
    metrics = {"loss": 1 / epoch, "accuracy": 1 - 1 / (epoch + 1), "val_loss": 1.2 / epoch, "val_accuracy": 0.9}
    values: dict[str, Any] = {
        "key": f"runs/{run.id.hex}/attempt-{attempt}/checkpoints/{name}",
        "metrics": metrics,
        "value": metrics.get(run.experiment.metric),
        "size_bytes": 123_456,
        "digest": DIGEST,
        "created_at": timezone.now(),
    }
    return Checkpoint.objects.create(run=run, attempt=attempt, name=name, epoch=epoch, **(values | fields))


def make_evaluation(team: Team, user: User, dataset: str) -> Evaluation:
    """Of a finished run on test data: three mistakes, and a label that is likely wrong."""
    run = make_run(make_experiment(team, user, dataset), user, "finished")
    problem = {"index": 9, "label": "good", "suggested": "scrap", "probability": 0.97, "own_probability": 0.02}
    wrong = [[150, 0, 1, 0.9], [7, 1, 0, 0.8], [9, 0, 1, 0.7]]
    result = {"task": "classification", "wrong": wrong, "label_problems": [problem]}
    return Evaluation.objects.create(
        checkpoint=make_checkpoint(run), split="test", state="finished", result=result, created_by=user
    )


def record_epochs(run: Run, n: int) -> None:
    """Record ``n`` more epochs of a run that is running, through the recorder, as a worker would."""
    from webapp.workers.recording.recorder import record

    line = run.recorded_lines
    events: list[AnyEvent] = [] if run.epochs_done else [started_event(line := line + 1, epochs=n)]
    events += [epoch_event(line + i, run.epochs_done + i, epochs=run.epochs_done + n) for i in range(1, n + 1)]
    assert record(run, events), "the recorder refused the events: is the run running?"
    run.refresh_from_db()


def started_event(line: int = 1, epoch: int = 0, epochs: int = 30, **fields: Any) -> Started:
    values: dict[str, Any] = {"step": 0, "steps_per_epoch": 40, "num_parameters": 26_122, "num_train": 1257}
    values |= {"num_validation": 270, "num_test": 270, "device": "CPU", "content_hash": DIGEST, "versions": {}}
    return Started(line=line, epoch=epoch, epochs=epochs, **(values | fields))


def epoch_event(line: int, epoch: int, epochs: int = 30, **metrics: float) -> EpochEnded:
    """An epoch that is a little better than the one before."""
    values = {"loss": 1 / epoch, "accuracy": 1 - 0.5 / epoch, "val_loss": 1.2 / epoch, "val_accuracy": 1 - 0.6 / epoch}
    return EpochEnded(
        line=line,
        epoch=epoch,
        epochs=epochs,
        metrics=values | metrics,
        learning_rate=0.001,
        seconds=0.1,
        examples_per_second=12_570.0,
        seconds_left=0.1 * (epochs - epoch),
    )

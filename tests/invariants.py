"""What must hold after every fault, whatever was killed, cut off or told twice. :func:`check` ends every such test.

It reads the database, the data folder and the process table, and lists all that is wrong at once.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psutil
from django.conf import settings
from django.db.models import Max

from trainer.checkpoints import checkpoint_files
from trainer.errors import CheckpointDamaged
from trainer.messages.message import Message
from webapp.checkpoints.models import Checkpoint
from webapp.jobs.models import JobState, job_models
from webapp.metrics.curves import curves
from webapp.metrics.models import RunEvent
from webapp.runs.models import Run

ABSOLUTE_PATH = re.compile(r"(?<![\w:/.…])/(?:[\w.@+-]+/)+[\w.@+-]*")
DEATH_SECONDS = 5
# How our processes are started; the test session's own servers are none of them.
OURS = ("nop_trainer.py", "-m trainer", "-m celery", "-m uvicorn", "webapp.asgi", "manage.py reconcile")


def check(*, reported: str = "", ended: bool = True) -> None:
    """Fail with every rule that is broken.

    ``reported`` is what the workers wrote: a checkpoint on disk that no row knows must be named there. With
    ``ended`` every worker of the test was ended, so nothing of them may live.
    """
    wrong = [*broken_histories(), *broken_checkpoints(reported), *loose_words(), *doubled_trainers()]
    if ended:
        wrong += orphans()
    assert not wrong, "\n".join(wrong)


def broken_histories() -> Iterator[str]:
    """Events: numbered without a gap, one for each epoch on the chart, in order, and nothing of a finished run lost."""
    for run in Run.objects.all():
        events = list(RunEvent.objects.filter(run=run).order_by("seq"))
        if [event.seq for event in events] != list(range(1, run.last_seq + 1)):
            yield f"{run}: {len(events)} events are numbered otherwise than 1 to {run.last_seq}"
        if [event.attempt for event in events] != sorted(event.attempt for event in events):
            yield f"{run}: the attempts are mixed up"
        yield from _broken_lines(run, events)
        yield from _broken_charts(run, events)


def _broken_lines(run: Run, events: list[RunEvent]) -> Iterator[str]:
    """Within an attempt every line of events.jsonl is there at most once and in order; supervisors' notes have none."""
    lines: dict[int, list[int]] = {}
    for event in events:
        if event.kind != "log":
            lines.setdefault(event.attempt, []).append(event.payload["line"])
    for attempt, numbers in lines.items():
        if numbers != sorted(set(numbers)):
            yield f"{run}: lines of attempt {attempt} are doubled or out of order"
    path = attempts_folder(run) / f"attempt-{run.attempt}" / "events.jsonl"
    written = path.read_bytes().count(b"\n") if path.exists() else 0
    if run.recorded_lines > written or (run.state == JobState.FINISHED and run.recorded_lines != written):
        yield f"{run}: {run.recorded_lines} of {written} lines are recorded"


def _broken_charts(run: Run, events: list[RunEvent]) -> Iterator[str]:
    shown = [event.epoch for event in events if event.kind == "epoch" and not event.superseded]
    if shown != list(range(1, len(shown) + 1)) or len(shown) != run.epochs_done:
        yield f"{run}: the chart has epochs {shown}, and {run.epochs_done} are done"
    steps = [event.epoch for event in events if event.kind == "steps" and not event.superseded]
    if steps != sorted(set(steps)):
        yield f"{run}: the losses of steps on the chart are of the epochs {steps}"
    if run.state == JobState.FINISHED and run.reason == "completed" and len(shown) != run.planned_epochs:
        yield f"{run}: finished with {len(shown)} epochs on the chart"
    for metric, points in curves(run).items():
        if run.summary.get(metric, {}).get("last") != points[-1][1]:
            yield f"{run}: the summary's last {metric} is not that of the chart"


def broken_checkpoints(reported: str = "") -> Iterator[str]:
    """Database and disk agree: every row that has files has whole ones, and every whole folder has a row."""
    for checkpoint in Checkpoint.objects.filter(purged_at=None, damaged=""):
        try:
            checkpoint_files.verify(settings.DATA_DIR / checkpoint.key)
        except CheckpointDamaged as error:
            yield f"{checkpoint.run}: {error}"
    for run in Run.objects.all():
        saved = Counter((event.attempt, event.payload["name"]) for event in run.events.filter(kind="checkpoint"))
        rows = Counter(run.checkpoints.values_list("attempt", "name"))
        if saved != rows:
            yield f"{run}: checkpoints {dict(rows)} but events {dict(saved)}"
        yield from _unknown_folders(run, reported)


def _unknown_folders(run: Run, reported: str) -> Iterator[str]:
    """Whole checkpoints without a row. Those of the last attempt of a run that may go on are taken up by the next."""
    keys = set(run.checkpoints.values_list("key", flat=True))
    begun = run.events.filter(kind="started").aggregate(last=Max("attempt"))["last"] or 1
    for folder in attempts_folder(run).glob("attempt-*/checkpoints/cp-*"):
        key = str(folder.relative_to(settings.DATA_DIR))
        may_be_taken_up = f"attempt-{begun}/" in key and run.state != JobState.FINISHED
        if key not in keys and not may_be_taken_up and key not in reported:
            yield f"{run}: {key} is on disk, and no row knows it"


def loose_words() -> Iterator[str]:
    """No secret and no path of this machine in what people read."""
    for model in job_models():
        for job in model.rows():
            yield from _loose(f"{model.__name__} {job}", str(job.error), str(job.advice), str(job.progress))
    for event in RunEvent.objects.filter(kind="log"):
        yield from _loose(f"the log of {event.run_id}", str(Message.from_json(event.payload["message"])))
    for damaged in Checkpoint.objects.exclude(damaged="").values_list("damaged", flat=True):
        yield from _loose("a damaged checkpoint", str(damaged))


def _loose(where: str, *texts: str) -> Iterator[str]:
    secrets = [settings.SECRET_KEY, settings.REDIS_URL, str(settings.DATABASES["default"].get("PASSWORD") or "")]
    for text in texts:
        if path := ABSOLUTE_PATH.search(text):
            yield f"{where} shows the path {path[0]}: {text}"
        if any(secret and secret in text for secret in secrets):
            yield f"{where} shows a secret"


def doubled_trainers() -> Iterator[str]:
    for run, pids in live_trainers().items():
        if len(pids) > 1:
            yield f"run {run} has {len(pids)} live trainers: {pids}"


def live_trainers() -> dict[str, list[int]]:
    """The processes that hold the events of a run open, by the run's id. A stopped process is no live one."""
    found: dict[str, list[int]] = {}
    runs = str(settings.DATA_DIR / "runs")
    for process in _ours():
        try:
            files = [str(path.readlink()) for path in Path(f"/proc/{process.pid}/fd").iterdir()]
            stopped = process.status() == psutil.STATUS_STOPPED
        except (OSError, psutil.NoSuchProcess):
            continue
        for name in files:
            if name.startswith(runs) and name.endswith("events.jsonl") and not stopped:
                found.setdefault(Path(name).parent.parent.name, []).append(process.pid)
    return found


def orphans() -> list[str]:
    """What is left of workers, trainers and sites that were ended, after a moment to die in."""
    deadline = time.monotonic() + DEATH_SECONDS
    while (left := _ours()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return [f"{process.pid} is still alive: {process.info['cmdline']}" for process in left]


def _ours() -> list[psutil.Process]:
    """Live processes that were started to work on this session's data folder."""
    return [process for process in psutil.process_iter(["cmdline", "environ", "status"]) if _is_ours(process)]


def _is_ours(process: psutil.Process) -> bool:
    words, environment = " ".join(process.info["cmdline"] or []), process.info["environ"] or {}
    knows_data = str(settings.DATA_DIR) in (
        environment.get("TRAINYARD_DATASETS", "") + environment.get("TRAINYARD_DATA", "")
    )
    return knows_data and process.info["status"] != psutil.STATUS_ZOMBIE and any(name in words for name in OURS)


def attempts_folder(run: Run) -> Path:
    folder: Path = settings.DATA_DIR / "runs" / run.id.hex
    return folder

"""Handlers of each kind of job: the request to the trainer, and where its results are stored."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from trainer.checkpoints import checkpoint_files
from trainer.data.facts import DatasetFacts
from trainer.data.own.formats import title_of
from trainer.errors import Explained, message_of
from trainer.events.events import AnyEvent, CheckpointSaved
from trainer.messages.message import Message, joined
from webapp.checkpoints.availability import nothing_left
from webapp.checkpoints.models import Checkpoint, Evaluation, Prediction
from webapp.datasets import uploading
from webapp.datasets.access import find_dataset
from webapp.datasets.models import Dataset, PluginScan, Upload, UploadAct
from webapp.datasets.versions import next_version
from webapp.jobs import live
from webapp.jobs.models import Job, JobState
from webapp.jobs.wording import without_paths
from webapp.launches.models import AugmentationPreview
from webapp.runs.models import ResumeCheck, Run
from webapp.storage import prepared
from webapp.storage.bucket import NotHereYet, StoreError, StoreUnavailable
from webapp.workers.job_folders import folder_of
from webapp.workers.recording import recorder, recovery, store_fetch
from webapp.workers.recording.payload import clean
from webapp.workers.recording.publishing import Publisher
from webapp.workers.recording.retention import RetentionThread
from webapp.workers.result_work import PluginScanWork, ResultWork
from webapp.workers.retry import UNAVAILABLE

logger = logging.getLogger(__name__)
PUBLISHING_SECONDS = 600
KEEPING_SECONDS = 120
WAIT = Message(
    "Nothing is lost: try again when the machine that wrote the checkpoint, or the bucket, is available again."
)
FROM_THE_START = Message(
    "It was not restarted, so that no progress is lost unnoticed. Launch it again to train from the start."
)


class CannotContinue(Explained):
    """A job cannot start or end. The message says why; ``advice`` says what to do, ``cause`` is one word."""

    def __init__(self, error: Message, advice: Message, cause: str) -> None:
        self.advice, self.cause = advice, cause
        super().__init__(error)


class RunWork:
    """Training a run, from its newest checkpoint if it has one."""

    needs_keras = True
    memory_advice: Message | None = None

    def __init__(self, run: Run) -> None:
        self.job: Job = run
        self.run = run
        self.folder = folder_of(run)
        self._publisher = Publisher()
        self._retention = RetentionThread(run)

    def request(self) -> dict[str, Any]:
        for key in recovery.recover(self.run):
            self._publisher.publish(key)
            self._retention.ask()
        asked = {"do": "fit", "spec": self.run.planned_spec, "out": str(self.folder), "prune": False}
        asked |= _data_of(self.run, self.job)
        asked |= {"metric": self.run.experiment.metric, "metric_mode": self.run.experiment.metric_mode}
        if resume_from := self._resume_from():
            return asked | _read_from("resume_from", *resume_from)
        if (parent := self.run.parent) is not None:
            return asked | _read_from("weights_from", _folder_of(parent, self.run), parent)
        return asked

    def record(self, events: Sequence[AnyEvent]) -> bool:
        recorded = recorder.record(self.run, events)
        if recorded:
            live.hint(self.run.pk, self.run.last_seq)
            saved = [event for event in events if isinstance(event, CheckpointSaved)]
            for event in saved:
                self._publisher.publish(recorder.checkpoint_key(self.run, event.path), event.manifest_sha256)
            if saved:
                self._retention.ask(sum(event.size_bytes for event in saved))
        return recorded

    def fields_of(self, result: dict[str, Any]) -> dict[str, Any]:
        raise TypeError(f"A training has no result, but it sent one: {sorted(result)}")

    def close(self) -> None:
        self._publisher.finish(PUBLISHING_SECONDS)
        self._retention.finish(KEEPING_SECONDS)
        with suppress(*UNAVAILABLE):
            recovery.discard(self.run, self.run.attempt)

    def _resume_from(self) -> tuple[Path, Checkpoint] | None:
        """The newest undamaged checkpoint and its folder; ``None`` when the run has never had one.

        A damaged one is marked, logged and skipped; one that has not arrived in the bucket is skipped only. Raises
        :class:`CannotContinue` when none is left, because a run never starts over unasked, and
        :class:`store_fetch.Interrupted`.
        """
        missing, arrivals = Message(""), store_fetch.StoreFetch(self.run)
        usable = self.run.checkpoints.filter(purged_at=None, damaged="").order_by("-epoch", "-step", "-attempt")
        for checkpoint in usable:
            try:
                folder = arrivals.checkpoint(checkpoint.key, checkpoint.manifest_sha256)
                checkpoint_files.verify(folder, checkpoint.manifest_sha256)
            except StoreUnavailable as error:
                raise CannotContinue(error.message, WAIT, "error") from error
            except (OSError, store_fetch.Interrupted, *UNAVAILABLE):
                raise  # the disk or the database is unavailable, or the run was lost: the checkpoint is not damaged
            except NotHereYet as error:
                missing = missing or error.message
                meanwhile = Message("Meanwhile the run resumes from an earlier one.")
                recorder.add_log_line(self.run, "warning", joined(error.message, meanwhile))
            except Exception as error:  # noqa: BLE001 - a broken file can make a reader raise anything
                self._mark_damaged(checkpoint, message_of(error))
            else:
                return folder, checkpoint
        if missing:
            raise CannotContinue(missing, WAIT, "bad_checkpoint")
        if lost := nothing_left(self.run):
            raise CannotContinue(lost, FROM_THE_START, "bad_checkpoint")
        return None

    def _mark_damaged(self, checkpoint: Checkpoint, error: Message) -> None:
        logger.error("%s of %s is damaged: %s", checkpoint, self.run.pk, error)
        error = without_paths(error)
        Checkpoint.objects.filter(pk=checkpoint.pk).update(damaged=error)
        skipped = Message(
            "{checkpoint} cannot be used, so an earlier one is: {error}", checkpoint=checkpoint.name, error=error
        )
        recorder.add_log_line(self.run, "warning", skipped)


class EvaluationWork(ResultWork):
    """Measuring a checkpoint on a split."""

    def __init__(self, evaluation: Evaluation) -> None:
        super().__init__(evaluation)
        self.evaluation = evaluation

    def request(self) -> dict[str, Any]:
        split, mended = self.evaluation.split, self.evaluation.dataset
        checkpoint = self.evaluation.checkpoint
        data = _data_of(checkpoint.run, self.job)
        if mended is not None:
            data = {"data": _own_data(mended.content_hash, self.job)}
        asked = {"do": "evaluate", "split": split, "out": str(self.folder), **data}
        return asked | _about(checkpoint, self.job)


class PredictionWork(ResultWork):
    """Asking a checkpoint about one picture or row. The input is not kept on this machine."""

    def __init__(self, prediction: Prediction) -> None:
        super().__init__(prediction)
        self.prediction = prediction

    def request(self) -> dict[str, Any]:
        checkpoint = self.prediction.checkpoint
        facts = checkpoint.run.dataset.facts.model_dump(mode="json")
        asked = {"do": "predict", "out": str(self.folder), "facts": facts, **_about(checkpoint, self.job)}
        if self.prediction.picture is None:
            return asked | {"row": self.prediction.row}
        self.folder.mkdir(parents=True, exist_ok=True)
        picture = self.folder / "picture"
        picture.write_bytes(bytes(self.prediction.picture))
        return asked | {"picture": str(picture)}


class ResumeCheckWork(ResultWork):
    """Training a few epochs of a run's spec twice, to compare."""

    def __init__(self, check: ResumeCheck) -> None:
        super().__init__(check)
        self.check = check

    def request(self) -> dict[str, Any]:
        data = _data_of(self.check.run, self.job)
        return {"do": "verify_resume", "spec": self.check.run.spec, "out": str(self.folder), **data}


class DatasetWork(ResultWork):
    """Preparing a dataset, storing it and describing it."""

    needs_keras = False

    def __init__(self, dataset: Dataset) -> None:
        super().__init__(dataset)
        self.dataset = dataset

    def request(self) -> dict[str, Any]:
        if not self.dataset.corrections:
            return {"do": "prepare", "dataset": self.dataset.name, "out": str(self.folder)}
        if self.dataset.base is None:
            error = Message("The version that was mended is deleted.")
            raise CannotContinue(error, Message("Delete this version, and mend another one."), "bad_data")
        corrections = [{"index": each["index"], "label": each["label"]} for each in self.dataset.corrections]
        data = _own_data(self.dataset.base.content_hash, self.job)
        return {"do": "mend", "data": data, "corrections": corrections, "out": str(self.folder)}

    def fields_of(self, result: dict[str, Any]) -> dict[str, Any]:
        fields = self._fields_of(result.get("summary", result))
        if not self.dataset.corrections:
            return fields
        fields["summary"]["difference"] = clean(result["difference"])
        num_left_out = result["facts"]["num_left_out"]
        return fields | {"facts": self.dataset.facts.model_copy(update={"num_left_out": num_left_out})}

    def _fields_of(self, result: dict[str, Any]) -> dict[str, Any]:
        content_hash = str(result["content_hash"])
        _publish(
            content_hash,
            Message("Prepare it again when the bucket is available. Until then each worker prepares it for itself."),
        )
        return {
            "summary": clean(result),
            "content_hash": content_hash,
            "num_bytes": prepared.size_of(content_hash),
        }


class UploadWork(ResultWork):
    """Understanding a file of a team, or making a dataset of it."""

    needs_keras = False
    memory_advice: Message | None = Message("Split the file up, or have a worker with more memory read it.")

    def __init__(self, upload: Upload) -> None:
        super().__init__(upload)
        self.upload = upload

    def request(self) -> dict[str, Any]:
        if self.upload.plugin:
            return self._generate()
        path = uploading.file_of(self.upload)
        if not path.exists():
            error = Message("{file} is not on this machine.", file=self.upload.file_name)
            advice = Message("Let the workers of evaluations share the data folder of the site, or upload it again.")
            raise CannotContinue(error, advice, "bad_data")
        asked = {"path": str(path), "choices": self.upload.choices, "out": str(self.folder)}
        asked["most_seconds"] = settings.READING_HOURS * 3600
        if self.upload.act == UploadAct.UNDERSTAND:
            hashes = {"hashed": not self.upload.sha256, "announced_sha256": self.upload.announced_sha256}
            return {"do": "understand", **asked, **hashes}
        asked["choices"] = self.upload.settled_choices
        previous = self._previous
        if previous is not None:
            asked |= {"previous": _own_data(previous.content_hash, self.job)}
        return {"do": "prepare_own", "name": self._name(previous), **asked}

    def _generate(self) -> dict[str, Any]:
        """The request for a dataset in Python, which has no file here."""
        upload, most_seconds = self.upload, settings.READING_HOURS * 3600
        asked: dict[str, Any] = {"plugin": upload.file_name, "choices": upload.choices, "most_seconds": most_seconds}
        if upload.act == UploadAct.PREPARE:
            previous = self._previous
            asked |= {"previous": _own_data(previous.content_hash, self.job)} if previous else {}
            asked["name"] = self._name(previous)
        return {"do": "generate", "out": str(self.folder), **asked}

    def fields_of(self, result: dict[str, Any]) -> dict[str, Any]:
        fields = {"understood": clean(result["understood"])}
        fields |= {"sha256": result["sha256"]} if "sha256" in result else {}
        if self.upload.act == UploadAct.UNDERSTAND:
            return fields
        return fields | {"dataset": self._dataset(result)}

    def close(self) -> None:
        super().close()
        with suppress(*UNAVAILABLE):
            if Upload.objects.filter(pk=self.upload.pk, state=JobState.FINISHED, dataset__isnull=False).exists():
                uploading.forget_file(self.upload)

    @property
    def _title(self) -> str:
        return self.upload.choices.get("title") or title_of(self.upload.file_name)

    @property
    def _previous(self) -> Dataset | None:
        """The newest version of the dataset of which this is to be the next, if any."""
        wanted = self.upload.version_of
        return find_dataset(self.upload.team, wanted.name) if wanted else None

    def _name(self, previous: Dataset | None) -> str:
        return previous.name if previous else uploading.free_name(self.upload.team, self._title)

    def _dataset(self, result: dict[str, Any]) -> Dataset:
        """The row of what was prepared; the team's own of the same content, if there is one."""
        content_hash = str(result["summary"]["content_hash"])
        _publish(content_hash, Message("Prepare it again when the bucket is available."))
        with transaction.atomic():
            if self._is_wanted():
                return self._known(content_hash) or self._new(content_hash, result)
        prepared.forget(content_hash)
        gone = Message("{file} is discarded.", file=self.upload.file_name)
        raise CannotContinue(gone, Message("Upload it again."), "stopped")

    def _is_wanted(self) -> bool:
        """Whether nobody has discarded the upload while it was prepared; from now on nobody can."""
        return bool(Upload.objects.select_for_update().filter(pk=self.upload.pk, attempt=self.upload.attempt))

    def _known(self, content_hash: str) -> Dataset | None:
        return Dataset.objects.filter(team=self.upload.team, content_hash=content_hash).first()

    def _new(self, content_hash: str, result: dict[str, Any]) -> Dataset:
        team, previous = self.upload.team, self._previous
        # The folder may be that of another team, which brought the same data under another name.
        own = {"name": self._name(previous), "title": previous.facts.title if previous else self._title}
        difference = {"difference": result["difference"]} if previous else {}
        return Dataset.objects.create(
            team=team,
            owner=self.upload.owner,
            name=own["name"],
            version=next_version(team, own["name"]),
            base=previous,
            facts=DatasetFacts.model_validate(result["facts"] | own),
            state=JobState.FINISHED,
            finished_at=timezone.now(),
            content_hash=content_hash,
            num_bytes=prepared.size_of(content_hash),
            summary=clean(result["summary"] | difference),
        )


class AugmentationPreviewWork(ResultWork):
    """Augmenting some pictures for a form. Whoever fills it in waits, so no trainer has to load Keras."""

    needs_keras = False

    def __init__(self, preview: AugmentationPreview) -> None:
        super().__init__(preview)
        self.preview = preview

    def request(self) -> dict[str, Any]:
        dataset = self.preview.dataset
        asked = {"do": "show_augmentation", "dataset": dataset.name, "augmentation": self.preview.augmentation}
        return {**asked, "out": str(self.folder), **_data_in(dataset, dataset.content_hash, self.job)}


AnyWork = RunWork | ResultWork
WORK: dict[type[Job], Callable[[Any], AnyWork]] = {
    Run: RunWork,
    Evaluation: EvaluationWork,
    Prediction: PredictionWork,
    ResumeCheck: ResumeCheckWork,
    Dataset: DatasetWork,
    Upload: UploadWork,
    PluginScan: PluginScanWork,
    AugmentationPreview: AugmentationPreviewWork,
}


def work_on(job: Job) -> AnyWork:
    """Returns the handler of ``job``."""
    return WORK[type(job)](job)


def _data_of(run: Run, job: Job) -> dict[str, str]:
    return _data_in(run.dataset, run.spec["dataset"].get("content_hash") or run.dataset.content_hash, job)


def _data_in(dataset: Dataset, content_hash: str, job: Job) -> dict[str, str]:
    """The field of a request that says where the prepared data is on this machine.

    Without it the trainer prepares the data itself, which it can for the datasets that everybody has: a run need not
    wait for their preparation, or for the bucket. Raises :class:`CannotContinue` for a team's own data that is missing.
    """
    if dataset.team_id is None:
        with suppress(StoreError, StoreUnavailable):
            return {"data": str(prepared.path_of(content_hash))}
        return {}
    return {"data": _own_data(content_hash, job)}


def _own_data(content_hash: str, job: Job) -> str:
    """The folder of prepared data on this machine. Raises :class:`CannotContinue` when it is missing."""
    try:
        return str(store_fetch.StoreFetch(job).dataset(content_hash))
    except StoreUnavailable as error:
        raise CannotContinue(error.message, WAIT, "bad_data") from error
    except StoreError as error:
        raise CannotContinue(error.message, Message("Prepare the dataset again."), "bad_data") from error


def _publish(content_hash: str, advice: Message) -> None:
    """Copy a prepared dataset into the bucket; raises :class:`CannotContinue` with ``advice`` when that fails."""
    try:
        prepared.publish(content_hash)
    except (StoreError, StoreUnavailable) as error:
        raise CannotContinue(error.message, advice, "error") from error


def _about(checkpoint: Checkpoint, job: Job) -> dict[str, Any]:
    return {"spec": checkpoint.run.spec, **_read_from("checkpoint", _folder_of(checkpoint, job), checkpoint)}


def _read_from(name: str, folder: Path, checkpoint: Checkpoint) -> dict[str, str]:
    """The fields of a request that name the checkpoint to read: its folder, and the hash of its manifest when saved."""
    return {name: str(folder), "manifest_sha256": checkpoint.manifest_sha256}


def _folder_of(checkpoint: Checkpoint, job: Job) -> Path:
    """The files of another run's checkpoint; raises :class:`CannotContinue` when they are unavailable."""
    try:
        return store_fetch.StoreFetch(job).checkpoint(checkpoint.key, checkpoint.manifest_sha256)
    except (NotHereYet, StoreUnavailable) as error:
        raise CannotContinue(error.message, WAIT, "bad_checkpoint") from error
    except StoreError as error:
        raise CannotContinue(error.message, Message("Choose another checkpoint."), "bad_checkpoint") from error

"""Handlers of preparing datasets, mending labels, files of teams, datasets in Python, and augmented pictures."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from trainer.data.facts import DatasetFacts
from trainer.messages.message import Message
from webapp.datasets import uploading
from webapp.datasets.access import find_dataset
from webapp.datasets.models import Dataset, PluginScan, Upload, UploadAct
from webapp.datasets.versions import next_version
from webapp.jobs.models import JobState
from webapp.launches.models import AugmentationPreview
from webapp.storage import prepared
from webapp.storage.bucket import StoreError, StoreUnavailable
from webapp.workers.handlers.needs import CannotContinue, data_in, own_data
from webapp.workers.handlers.results import ResultWork
from webapp.workers.recording.payload import clean
from webapp.workers.retry import UNAVAILABLE


class DatasetWork(ResultWork[Dataset]):
    """Preparing a dataset, storing it and describing it."""

    needs_keras = False

    def request(self) -> dict[str, Any]:
        if not self.job.corrections:
            return {"do": "prepare", "dataset": self.job.name, "out": str(self.folder)}
        if self.job.base is None:
            error = Message("The version that was mended is deleted.")
            raise CannotContinue(error, Message("Delete this version, and mend another one."), "bad_data")
        corrections = [{"index": each["index"], "label": each["label"]} for each in self.job.corrections]
        data = own_data(self.job.base.content_hash, self.job)
        return {"do": "mend", "data": data, "corrections": corrections, "out": str(self.folder)}

    def fields_of(self, result: dict[str, Any]) -> dict[str, Any]:
        if not self.job.corrections:
            return self._published(result)
        num_left_out = result["facts"]["num_left_out"]
        facts = self.job.facts.model_copy(update={"num_left_out": num_left_out})
        return self._published(result["summary"] | {"difference": result["difference"]}) | {"facts": facts}

    def _published(self, summary: dict[str, Any]) -> dict[str, Any]:
        """The columns that describe what was prepared, once it is in the bucket."""
        content_hash = str(summary["content_hash"])
        _publish(
            content_hash,
            Message("Prepare it again when the bucket is available. Until then each worker prepares it for itself."),
        )
        return {
            "summary": clean(summary),
            "content_hash": content_hash,
            "num_bytes": prepared.size_of(content_hash),
        }


class UploadWork(ResultWork[Upload]):
    """Understanding a file of a team, or making a dataset of it."""

    needs_keras = False
    memory_advice: Message | None = Message("Split the file up, or have a worker with more memory read it.")

    def request(self) -> dict[str, Any]:
        upload, is_prepared = self.job, self.job.act == UploadAct.PREPARE
        asked: dict[str, Any] = {"plugin": upload.file_name} if upload.plugin else {"path": self._path()}
        asked |= {"choices": upload.choices, "out": str(self.folder), "most_seconds": settings.READING_HOURS * 3600}
        if is_prepared:
            asked |= self._destination()
        if upload.plugin:
            return {"do": "generate", **asked}
        if is_prepared:
            return {"do": "prepare_own", **asked, "choices": upload.settled_choices}
        hashes = {"hashed": not upload.sha256, "announced_sha256": upload.announced_sha256}
        return {"do": "understand", **asked, **hashes}

    def _path(self) -> str:
        path = uploading.file_of(self.job)
        if not path.exists():
            error = Message("{file} is not on this machine.", file=self.job.file_name)
            advice = Message("Let the workers of evaluations share the data folder of the site, or upload it again.")
            raise CannotContinue(error, advice, "bad_data")
        return str(path)

    def _destination(self) -> dict[str, str]:
        """The fields of a request that say which dataset it becomes, and which version comes before."""
        previous = self._previous
        before = {"previous": own_data(previous.content_hash, self.job)} if previous else {}
        return {"name": self._name(previous), **before}

    def fields_of(self, result: dict[str, Any]) -> dict[str, Any]:
        fields = {"understood": clean(result["understood"])}
        fields |= {"sha256": result["sha256"]} if "sha256" in result else {}
        if self.job.act == UploadAct.UNDERSTAND:
            return fields
        return fields | {"dataset": self._dataset(result)}

    def close(self) -> None:
        super().close()
        with suppress(*UNAVAILABLE):
            if Upload.objects.filter(pk=self.job.pk, state=JobState.FINISHED, dataset__isnull=False).exists():
                uploading.forget_file(self.job)

    @property
    def _previous(self) -> Dataset | None:
        """The newest version of the dataset of which this is to be the next, if any."""
        wanted = self.job.version_of
        return find_dataset(self.job.team, wanted.name) if wanted else None

    def _name(self, previous: Dataset | None) -> str:
        return previous.name if previous else uploading.free_name(self.job.team, self.job.title)

    def _dataset(self, result: dict[str, Any]) -> Dataset:
        """The row of what was prepared; the team's own of the same content, if there is one."""
        content_hash = str(result["summary"]["content_hash"])
        _publish(content_hash, Message("Prepare it again when the bucket is available."))
        with transaction.atomic():
            if self._is_wanted():
                return self._known(content_hash) or self._new(content_hash, result)
        prepared.forget(content_hash)
        gone = Message("{file} is discarded.", file=self.job.file_name)
        raise CannotContinue(gone, Message("Upload it again."), "stopped")

    def _is_wanted(self) -> bool:
        """Whether nobody has discarded the upload while it was prepared; from now on nobody can."""
        return bool(Upload.objects.select_for_update().filter(pk=self.job.pk, attempt=self.job.attempt))

    def _known(self, content_hash: str) -> Dataset | None:
        return Dataset.objects.filter(team=self.job.team, content_hash=content_hash).first()

    def _new(self, content_hash: str, result: dict[str, Any]) -> Dataset:
        team, previous = self.job.team, self._previous
        # The folder may be that of another team, which brought the same data under another name.
        own = {"name": self._name(previous), "title": previous.facts.title if previous else self.job.title}
        difference = {"difference": result["difference"]} if previous else {}
        return Dataset.objects.create(
            team=team,
            owner=self.job.owner,
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


class PluginScanWork(ResultWork[PluginScan]):
    """Listing the datasets in Python."""

    needs_keras = False

    def request(self) -> dict[str, Any]:
        most_seconds = settings.READING_HOURS * 3600
        return {"do": "list_plugins", "out": str(self.folder), "most_seconds": most_seconds}

    def fields_of(self, result: dict[str, Any]) -> dict[str, Any]:
        return {"found": clean(result["found"])}


class AugmentationPreviewWork(ResultWork[AugmentationPreview]):
    """Augmenting some pictures for a form. A person waits for them, so no trainer has to load Keras."""

    needs_keras = False

    def request(self) -> dict[str, Any]:
        dataset = self.job.dataset
        asked = {"do": "show_augmentation", "dataset": dataset.name, "augmentation": self.job.augmentation}
        return {**asked, "out": str(self.folder), **data_in(dataset, dataset.content_hash, self.job)}


def _publish(content_hash: str, advice: Message) -> None:
    """Copy a prepared dataset into the bucket; raises :class:`CannotContinue` with ``advice`` when that fails."""
    try:
        prepared.publish(content_hash)
    except (StoreError, StoreUnavailable) as error:
        raise CannotContinue(error.message, advice, "error") from error

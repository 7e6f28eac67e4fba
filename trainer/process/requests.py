"""The requests that a trainer process accepts on its standard input, as one JSON line."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from trainer.checkpoints.checkpoint_files import read_manifest
from trainer.data.facts import DatasetFacts
from trainer.data.own.choices import Choices
from trainer.data.source import DataSource, Report
from trainer.data.versions.corrections import Correction
from trainer.engines import backend
from trainer.events.events import Logged, Result, Worked
from trainer.events.sink import EventSink
from trainer.messages.message import Message
from trainer.plugins.facts import PATTERN
from trainer.validation.parsing import parse_spec


def datasets_folder() -> Path:
    """Where downloaded datasets are kept: TRAINYARD_DATASETS, else a folder in the user's cache."""
    return Path(os.environ.get("TRAINYARD_DATASETS") or Path.home() / ".cache" / "trainyard" / "datasets")


class Request(BaseModel):
    """Fields of all requests. ``out`` is the folder for events, log and results."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    out: Path


class DataRequest(Request):
    """Work on data: that in the prepared folder ``data``, else the dataset of the catalog below ``datasets``."""

    data: Path | None = None
    datasets: Path = Field(default_factory=datasets_folder)

    @property
    def source(self) -> DataSource:
        return DataSource(self.data, self.datasets)


# SHA-256 of the manifest of the checkpoint to read, as recorded when it was saved.
RECORDED = Field("", pattern="^([0-9a-f]{64})?$")


class FitCommand(DataRequest):
    """Train; see :class:`trainer.training.session.FitRequest`.

    ``metric`` and ``metric_mode`` are those of the experiment.
    """

    do: Literal["fit"] = "fit"
    spec: dict[str, Any]
    resume_from: Path | None = None
    weights_from: Path | None = None
    manifest_sha256: str = RECORDED
    prune: bool = False
    metric: str = ""
    metric_mode: Literal["max", "min"] | None = None


class EvaluateCommand(DataRequest):
    """Evaluate a checkpoint on a split."""

    do: Literal["evaluate"] = "evaluate"
    spec: dict[str, Any]
    checkpoint: Path
    manifest_sha256: str = RECORDED
    split: Literal["validation", "test"]


class PredictCommand(Request):
    """Predict one picture or one row with a checkpoint; ``facts`` are those of the data that it learned from."""

    do: Literal["predict"] = "predict"
    spec: dict[str, Any]
    facts: DatasetFacts
    checkpoint: Path
    manifest_sha256: str = RECORDED
    picture: Path | None = None
    row: list[float | str | None] | None = None


class PrepareCommand(DataRequest):
    """Prepare a dataset of the catalog and describe it."""

    do: Literal["prepare"] = "prepare"
    dataset: str


class OwnDataRequest(Request):
    """Work on what anybody may have made: in ``most_seconds``, ``None`` for no limit, and with limited memory."""

    path: Path
    choices: Choices = Choices()
    most_seconds: float | None = None


class UnderstandCommand(OwnDataRequest):
    """Say what is in a file of a team, without keeping any of it.

    With ``hashed`` its SHA-256 as well, which must be the ``announced_sha256`` if there is one.
    """

    do: Literal["understand"] = "understand"
    hashed: bool = False
    announced_sha256: str = RECORDED


class PrepareOwnCommand(OwnDataRequest):
    """Prepare what is in a file of a team below ``datasets``, as the dataset ``name``, and describe it."""

    do: Literal["prepare_own"] = "prepare_own"
    name: str
    datasets: Path = Field(default_factory=datasets_folder)
    # The prepared version before, to say what differs.
    previous: Path | None = None


class ListPluginsCommand(Request):
    """Say which datasets the files of the plug-in folder declare."""

    do: Literal["list_plugins"] = "list_plugins"
    most_seconds: float | None = None


class GenerateCommand(Request):
    """Run a dataset in Python: for a preview, or with a ``name`` prepare it below ``datasets`` and describe it."""

    do: Literal["generate"] = "generate"
    plugin: str = Field(pattern=PATTERN)
    choices: Choices = Choices()
    name: str = ""
    datasets: Path = Field(default_factory=datasets_folder)
    previous: Path | None = None
    most_seconds: float | None = None


class MendCommand(Request):
    """Make the next version of the prepared dataset in ``data`` below ``datasets``, and describe it."""

    do: Literal["mend"] = "mend"
    data: Path
    corrections: list[Correction] = Field(min_length=1)
    datasets: Path = Field(default_factory=datasets_folder)


class ShowAugmentationCommand(DataRequest):
    """Show what ``augmentation`` makes of some pictures of the dataset."""

    do: Literal["show_augmentation"] = "show_augmentation"
    dataset: str
    augmentation: dict[str, Any]


class VerifyResumeCommand(DataRequest):
    """Verify that resuming from a checkpoint is exact; see :mod:`trainer.process.resume_verification`."""

    do: Literal["verify_resume"] = "verify_resume"
    spec: dict[str, Any]


OfPlugins = ListPluginsCommand | GenerateCommand
OwnData = UnderstandCommand | PrepareOwnCommand | OfPlugins
OfData = PrepareCommand | ShowAugmentationCommand | MendCommand
Answered = EvaluateCommand | PredictCommand | OfData | VerifyResumeCommand | OwnData
AnyCommand = Annotated[FitCommand | Answered, Field(discriminator="do")]
ADAPTER: TypeAdapter[AnyCommand] = TypeAdapter(AnyCommand)


def carry_out(command: AnyCommand, sink: EventSink, stop: threading.Event) -> None:
    """Carry out the request; the last event is a ``Finished`` or a ``Result``. Raises any error of the work.

    Keras is imported only here, so that a wrong request is refused at once, and so is a checkpoint that is not the
    recorded one or that Trainyard did not write.
    """
    _refuse_foreign(command)
    if isinstance(command, FitCommand):
        _fit(command, sink, stop)
    else:
        sink.emit(Result(result=_answer(command, sink)))


def _refuse_foreign(command: AnyCommand) -> None:
    if isinstance(command, FitCommand):
        folder = command.resume_from or command.weights_from
    elif isinstance(command, EvaluateCommand | PredictCommand):
        folder = command.checkpoint
    else:
        return
    if folder is not None:
        from trainer.checkpoints.model_check import check_files

        read_manifest(folder, command.manifest_sha256)
        check_files(folder)


def _fit(command: FitCommand, sink: EventSink, stop: threading.Event) -> None:
    spec = parse_spec(command.spec)
    backend.choose(spec.engine)
    from trainer.engines.machine import SystemSampler
    from trainer.training.progress import DownloadLog
    from trainer.training.request import FitRequest
    from trainer.training.session import fit

    request = FitRequest(
        spec=spec,
        out=command.out,
        data=command.source.open(spec.dataset.name, DownloadLog(sink)),
        resume_from=command.resume_from,
        weights_from=command.weights_from,
        prune=command.prune,
        judged_by=(command.metric, command.metric_mode) if command.metric and command.metric_mode else None,
        stop=stop,
    )
    sampler = SystemSampler(sink)
    sampler.start()
    try:
        fit(request, sink)
    finally:
        sampler.end()


def _answer(command: Answered, sink: EventSink) -> dict[str, Any]:
    def report(fraction: float, message: Message) -> None:
        sink.emit(Worked(fraction=fraction, message=message))

    if isinstance(command, PrepareCommand):
        return _prepare(command, report)
    if isinstance(command, MendCommand):
        return _mend(command, report)
    if isinstance(command, ShowAugmentationCommand):
        return _show_augmentation(command, report)
    if isinstance(command, OwnData):
        return _read_own(command, sink, report)
    spec = parse_spec(command.spec)
    if isinstance(command, VerifyResumeCommand):
        from trainer.process.resume_verification import verify_resume

        return verify_resume(spec, command.out, command.source, report)
    if isinstance(command, EvaluateCommand):
        from trainer.inference.evaluation import evaluate

        data = command.source.open(spec.dataset.name, lambda fraction, message: report(0.3 * fraction, message))
        later: Report = lambda fraction, message: report(0.3 + 0.7 * fraction, message)  # noqa: E731
        return evaluate(spec, data, command.checkpoint, command.split, later)
    from trainer.inference.prediction import predict

    sink.emit(Logged(level="info", message=Message("Predicting with {checkpoint}", checkpoint=command.checkpoint.name)))
    return predict(spec, command.facts, command.checkpoint, command.picture, command.row)


def _prepare(command: PrepareCommand, report: Report) -> dict[str, Any]:
    from trainer.data.summary import summarize

    data = command.source.open(command.dataset, lambda fraction, message: report(0.9 * fraction, message))
    report(0.95, Message("Drawing samples"))
    summary = summarize(data)
    report(1.0, Message("{dataset} is ready", dataset=data.facts.shown_title))
    return summary


def _read_own(command: OwnData, sink: EventSink, report: Report) -> dict[str, Any]:
    from trainer.process.own_data import limited, prepare_file, understand_file
    from trainer.process.plugin_data import generate, listed

    with limited(sink, command.out, command.most_seconds):
        if isinstance(command, ListPluginsCommand):
            return listed()
        if isinstance(command, GenerateCommand):
            places: Any = {"datasets": command.datasets, "drafts": command.out, "previous": command.previous}
            return generate(command.plugin, command.choices, report, dataset=command.name, **places)
        if isinstance(command, PrepareOwnCommand):
            about = command.path, command.choices, command.name, command.datasets
            return prepare_file(*about, report, out=command.out, previous=command.previous)
        announced = command.announced_sha256 if command.hashed else None
        return understand_file(command.path, command.choices, report, announced)


def _mend(command: MendCommand, report: Report) -> dict[str, Any]:
    from trainer.data.loading import load
    from trainer.data.summary import described
    from trainer.data.versions.mending import mend

    report(0.0, Message("Mending labels"))
    new = load(mend(command.data, command.corrections, command.datasets), "r")
    report(0.5, Message("Drawing samples"))
    return described(new, command.data)


def _show_augmentation(command: ShowAugmentationCommand, report: Report) -> dict[str, Any]:
    from trainer.augmentation.preview import examples_of
    from trainer.data.loading import glance

    asked = parse_spec({"augmentation": command.augmentation}).augmentation
    data = glance(command.data) if command.data else command.source.open(command.dataset, report)
    return {"examples": examples_of(asked, data)}

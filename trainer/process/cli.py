"""The trainer on its own, without Django, Redis or a database: ``python -m trainer --help``."""

from __future__ import annotations

import argparse
import gettext
import json
import os
import signal
import sys
import tempfile
import threading
import traceback
from contextlib import suppress
from pathlib import Path

from trainer.checkpoints import checkpoint_files
from trainer.data.facts import DatasetFacts
from trainer.data.source import DataSource
from trainer.engines import backend
from trainer.errors import CheckpointDamaged, SpecError
from trainer.events.events import AnyEvent, Event, Finished
from trainer.messages import language
from trainer.messages.message import Message, joined, joined_by
from trainer.process import data_commands
from trainer.process.data_commands import DATASETS_HELP, print_progress
from trainer.process.requests import datasets_folder
from trainer.spec.metrics import Direction, direction_of, judging_metrics, on_validation, trained_metrics
from trainer.system.temp_folders import of_this_process
from trainer.training.outcome import spelled
from trainer.validation.parsing import parse_spec


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    language.use(language.of_terminal())
    os.environ.setdefault(backend.VARIABLE, backend.DEFAULT)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    options = _parser().parse_args(arguments)
    if options.run is _serve:
        language.use(gettext.NullTranslations())  # its log is read by the worker, for everybody
    try:
        code: int = options.run(options)
    except (SpecError, CheckpointDamaged, ValueError) as error:
        print(f"trainer: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        print(f"trainer: {where}{error.strerror or error}", file=sys.stderr)
        return 2
    return code


def _parser() -> argparse.ArgumentParser:
    description = Message("The trainer on its own, without Django, Redis or a database.")
    parser = argparse.ArgumentParser(prog="python -m trainer", description=str(description))
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    example = commands.add_parser("example", help=str(Message("print an example spec")))
    example.add_argument("name", help=str(Message("such as digits-mlp; an unknown name lists them all")))
    recipe_help = Message("with the settings of a recipe, such as dropout; an unknown one lists those for the data")
    example.add_argument("--recipe", default="", help=str(recipe_help))
    example.set_defaults(run=_example)
    _add_fit(commands.add_parser("fit", help=str(Message("train a spec"))))
    digest_help = Message("print the SHA-256 over all weights of a checkpoint")
    digest = commands.add_parser("digest", help=str(digest_help))
    digest.add_argument("checkpoint", type=Path, help=str(Message("a folder cp-NNNN")))
    digest.set_defaults(run=_digest)
    verify_help = Message("check that resuming from a checkpoint is exact for a spec")
    verify = commands.add_parser("verify-resume", help=str(verify_help))
    verify.add_argument("spec", type=Path, help=str(Message("a JSON file")))
    _add_data(verify)
    verify.set_defaults(run=of_this_process()(_verify_resume))
    data_commands.add(commands)
    serve_help = Message("wait for one request on standard input (used by the worker)")
    _add_serve(commands.add_parser("serve", help=str(serve_help)))
    return parser


def _add_fit(command: argparse.ArgumentParser) -> None:
    out_help = Message("folder for events.jsonl and checkpoints/")
    resume_help = Message("resume from the latest checkpoint in the folder")
    metric_help = Message("metric that decides which epoch is best; the default suits the data")
    command.add_argument("spec", type=Path, help=str(Message("a JSON file")))
    command.add_argument("--out", type=Path, required=True, help=str(out_help))
    command.add_argument("--resume", action="store_true", help=str(resume_help))
    _add_data(command)
    command.add_argument("--metric", default="", help=str(metric_help))
    command.set_defaults(run=of_this_process()(_fit))


def _add_serve(command: argparse.ArgumentParser) -> None:
    asked_help = Message("descriptor of a file with a request to carry out immediately")
    cold_help = Message("do not load Keras first: for work that needs none")
    command.add_argument("--asked", type=int, help=str(asked_help))
    command.add_argument("--cold", action="store_true", help=str(cold_help))
    command.set_defaults(run=_serve)


def _add_data(command: argparse.ArgumentParser) -> None:
    data_help = Message("folder of a prepared dataset; without it, the spec names one that Trainyard brings")
    command.add_argument("--data", type=Path, help=str(data_help))
    command.add_argument("--datasets", type=Path, default=datasets_folder(), help=str(DATASETS_HELP))


def _source(options: argparse.Namespace) -> DataSource:
    return DataSource(options.data, options.datasets)


def _example(options: argparse.Namespace) -> int:
    from trainer.data.bundled.catalog import facts_of
    from trainer.validation.presets import EXAMPLES
    from trainer.validation.recipes import recipe_named

    if options.name not in EXAMPLES:
        message = Message(
            "there is no example {name}; choose one of {examples}.",
            name=repr(options.name),
            examples=", ".join(sorted(EXAMPLES)),
        )
        raise ValueError(message)
    spec = EXAMPLES[options.name]()
    if options.recipe:
        spec = recipe_named(options.recipe, facts_of(spec.dataset.name)).spec_for(facts_of(spec.dataset.name))
    print(json.dumps(spec.to_json(), indent=2))
    return 0


def _digest(options: argparse.Namespace) -> int:
    from trainer.checkpoints.loading import load_model, weights_digest

    print(weights_digest(load_model(options.checkpoint)))
    return 0


def _verify_resume(options: argparse.Namespace) -> int:
    from trainer.process.resume_verification import VerificationFailed, verify_resume

    spec = parse_spec(json.loads(options.spec.read_text()))
    with tempfile.TemporaryDirectory(prefix="trainyard-verify-") as folder:
        try:
            outcome = verify_resume(spec, Path(folder), _source(options), lambda fraction, message: print(message))
        except VerificationFailed as error:
            raise ValueError(error.event.error) from None
    print(json.dumps(outcome, indent=2))
    if outcome["exact"]:
        print(Message("exact: the resumed training equals the uninterrupted one"))
        return 0
    print(Message("NOT exact"))
    return 1


def _serve(options: argparse.Namespace) -> int:
    from trainer.process.serve import serve

    serve(options.asked, cold=options.cold)


def _fit(options: argparse.Namespace) -> int:
    from trainer.events.failures import failure_of
    from trainer.events.sink import DiskRefused, EventSink

    spec = parse_spec(json.loads(options.spec.read_text()))
    data = _source(options).open(spec.dataset.name, print_progress)
    judged_by = _judged_by(data.facts, options.metric)
    resume_from = _latest(options.out) if options.resume else None
    if resume_from is None and checkpoint_files.named(options.out / "checkpoints"):
        message = Message(
            "{folder} has checkpoints already; add --resume, or choose another folder.", folder=str(options.out)
        )
        raise ValueError(message)
    sink = EventSink(options.out, _print_event)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    (options.out / "spec.json").write_text(json.dumps(spec.to_json(), indent=2))
    try:
        backend.choose(spec.engine)
        from trainer.training.request import FitRequest
        from trainer.training.session import fit

        request = FitRequest(spec, options.out, data, resume_from, prune=True, judged_by=judged_by, stop=stop)
        fit(request, sink)
    except DiskRefused:
        raise
    except Exception as error:  # noqa: BLE001 - any error ends the training with a Failed event
        traceback.print_exc()
        sink.emit(failure_of(error))
        return 1
    return 0


def _judged_by(facts: DatasetFacts, metric: str) -> tuple[str, Direction] | None:
    """The requested metric and its direction; raises ``ValueError`` for one that training does not measure."""
    if not metric:
        return None
    on_both = [measured.name for measured in trained_metrics(facts.task)]
    judging = [metric.name for metric in judging_metrics(facts.task, facts.num_classes)]
    accepted = [*map(on_validation, judging), *on_both]
    direction = direction_of(metric)
    if metric not in accepted or direction is None:
        message = Message(
            "--metric: {metric} given; accepted: {metrics}.", metric=repr(metric), metrics=", ".join(accepted)
        )
        raise ValueError(message)
    return metric, direction


def _latest(out: Path) -> Path | None:
    """The newest undamaged checkpoint, ``None`` when there are none yet; damaged ones are reported and set aside.

    Raises ``ValueError`` when all are damaged, because starting from zero was not requested.
    """
    found = checkpoint_files.named(out / "checkpoints")
    for folder in found:
        try:
            checkpoint_files.verify(folder)
        except CheckpointDamaged as error:
            aside = Message("It is set aside as {name}.", name=checkpoint_files.set_aside(folder).name)
            print(f"trainer: {joined(error.message, aside)}", file=sys.stderr)
        else:
            return folder
    if found:
        message = Message(
            "all checkpoints in {folder} are damaged; choose another folder to start from zero.", folder=str(out)
        )
        raise ValueError(message)
    return None


def _print_event(event: Event) -> None:
    """Print one readable line for events that matter at a terminal; a closed terminal does not stop training."""
    line = _sentence(event)  # type: ignore[arg-type]
    if line:
        with suppress(BrokenPipeError):
            print(line, flush=True)


def _sentence(event: AnyEvent) -> Message:
    match event.kind:
        case "started":
            parameters = Message("{count} parameter", plural="{count} parameters", count=event.num_parameters)
            examples = Message("{count} training example", plural="{count} training examples", count=event.num_train)
            return joined_by(", ", (parameters, examples, event.device))
        case "epoch":
            return Message(
                "epoch {epoch}/{epochs}  {seconds:.2f} s  {metrics}",
                epoch=event.epoch,
                epochs=event.epochs,
                seconds=event.seconds,
                metrics="  ".join(f"{name} {spelled(value)}" for name, value in event.metrics.items()),
            )
        case "checkpoint":
            return Message(
                "saved {path} ({count} byte, {digest}…)",
                plural="saved {path} ({count} bytes, {digest}…)",
                path=event.path,
                count=event.size_bytes,
                digest=event.digest[:12],
            )
        case "log":
            return event.message
        case "finished":
            return _end(event)
        case "failed":
            return joined(Message("failed: {error}", error=event.error), event.advice)
    return Message("")


def _end(event: Finished) -> Message:
    match event.reason:
        case "completed":
            return Message("completed after epoch {epoch}", epoch=event.epoch)
        case "early_stopping":
            return Message("early stopping after epoch {epoch}", epoch=event.epoch)
        case "target_reached":
            return Message("stopped after epoch {epoch}, with the value that was asked for", epoch=event.epoch)
        case "time_limit":
            return Message("stopped after epoch {epoch}, at the time limit", epoch=event.epoch)
        case "stopped":
            return Message("stopped after epoch {epoch}", epoch=event.epoch)

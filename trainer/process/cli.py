"""The trainer on its own, without Django, Redis or a database: ``python -m trainer --help``."""

from __future__ import annotations

import argparse
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
from trainer.events.events import AnyEvent, Event
from trainer.process.requests import datasets_folder
from trainer.spec.metrics import Direction, direction_of, on_validation, trained_metrics
from trainer.system.temp_folders import of_this_process
from trainer.training.outcome import spelled
from trainer.validation.parsing import parse_spec

DATASETS_HELP = "folder for downloaded and prepared data"


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    os.environ.setdefault(backend.VARIABLE, backend.DEFAULT)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    options = _parser().parse_args(arguments)
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
    parser = argparse.ArgumentParser(prog="python -m trainer", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    example = commands.add_parser("example", help="print an example spec")
    example.add_argument("name", help="such as digits-mlp; an unknown name lists them all")
    example.set_defaults(run=_example)
    fit = commands.add_parser("fit", help="train a spec")
    fit.add_argument("spec", type=Path, help="a JSON file")
    fit.add_argument("--out", type=Path, required=True, help="folder for events.jsonl and checkpoints/")
    fit.add_argument("--resume", action="store_true", help="resume from the latest checkpoint in the folder")
    _add_data(fit)
    fit.add_argument("--metric", default="", help="metric that decides which epoch is best; the default suits the data")
    fit.set_defaults(run=of_this_process()(_fit))
    digest = commands.add_parser("digest", help="print the SHA-256 over all weights of a checkpoint")
    digest.add_argument("checkpoint", type=Path, help="a folder cp-NNNN")
    digest.set_defaults(run=_digest)
    verify = commands.add_parser("verify-resume", help="check that resuming from a checkpoint is exact for a spec")
    verify.add_argument("spec", type=Path, help="a JSON file")
    _add_data(verify)
    verify.set_defaults(run=of_this_process()(_verify_resume))
    prepare = commands.add_parser("prepare", help="prepare a dataset for training and print its folder")
    prepare.add_argument("name", help="such as mnist; an unknown name lists them all")
    prepare.add_argument("--datasets", type=Path, default=datasets_folder(), help=DATASETS_HELP)
    prepare.set_defaults(run=_prepare)
    serve = commands.add_parser("serve", help="wait for one request on standard input (used by the worker)")
    serve.add_argument("--asked", type=int, help="descriptor of a file with a request to carry out immediately")
    serve.add_argument("--cold", action="store_true", help="do not load Keras first: for work that needs none")
    serve.set_defaults(run=_serve)
    return parser


def _add_data(command: argparse.ArgumentParser) -> None:
    help = "folder of a prepared dataset; without it, the spec names one that Trainyard brings"
    command.add_argument("--data", type=Path, help=help)
    command.add_argument("--datasets", type=Path, default=datasets_folder(), help=DATASETS_HELP)


def _source(options: argparse.Namespace) -> DataSource:
    return DataSource(options.data, options.datasets)


def _print_progress(fraction: float, message: str) -> None:
    """Print what takes time: downloads."""
    if 0 < fraction < 1:
        print(message, file=sys.stderr)


def _prepare(options: argparse.Namespace) -> int:
    data = DataSource(None, options.datasets).open(options.name, _print_progress)
    print(options.datasets / data.content_hash)
    return 0


def _example(options: argparse.Namespace) -> int:
    from trainer.validation.presets import EXAMPLES

    if options.name not in EXAMPLES:
        raise ValueError(f"there is no example {options.name!r}; choose one of {', '.join(sorted(EXAMPLES))}.")
    print(json.dumps(EXAMPLES[options.name]().to_json(), indent=2))
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
            verdict = verify_resume(spec, Path(folder), _source(options), lambda fraction, message: print(message))
        except VerificationFailed as error:
            raise ValueError(str(error)) from None
    print(json.dumps(verdict, indent=2))
    print("exact: the resumed training equals the uninterrupted one" if verdict["exact"] else "NOT exact")
    return 0 if verdict["exact"] else 1


def _serve(options: argparse.Namespace) -> int:
    from trainer.process.serve import serve

    serve(options.asked, cold=options.cold)


def _fit(options: argparse.Namespace) -> int:
    from trainer.events.failures import failure_of
    from trainer.events.sink import DiskRefused, EventSink

    spec = parse_spec(json.loads(options.spec.read_text()))
    data = _source(options).open(spec.dataset.name, _print_progress)
    judged_by = _judged_by(data.facts, options.metric)
    resume_from = _latest(options.out) if options.resume else None
    if resume_from is None and checkpoint_files.named(options.out / "checkpoints"):
        raise ValueError(f"{options.out} has checkpoints already; add --resume, or choose another folder.")
    sink = EventSink(options.out, _print_event)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    (options.out / "spec.json").write_text(json.dumps(spec.to_json(), indent=2))
    try:
        backend.choose(spec.engine)
        from trainer.training.session import FitRequest, fit

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
    names = [measured.name for measured in trained_metrics(facts.task)]
    accepted = [*map(on_validation, names), *names]
    direction = direction_of(metric)
    if metric not in accepted or direction is None:
        raise ValueError(f"--metric: {metric!r} given; accepted: {', '.join(accepted)}.")
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
            print(f"trainer: {error} It is set aside as {checkpoint_files.set_aside(folder).name}.", file=sys.stderr)
        else:
            return folder
    if found:
        raise ValueError(f"all checkpoints in {out} are damaged; choose another folder to start from zero.")
    return None


def _print_event(event: Event) -> None:
    """Print one readable line for events that matter at a terminal; a closed terminal does not stop training."""
    line = _sentence(event)  # type: ignore[arg-type]
    if line:
        with suppress(BrokenPipeError):
            print(line, flush=True)


def _sentence(event: AnyEvent) -> str:
    match event.kind:
        case "started":
            return f"{event.num_parameters} parameters, {event.num_train} training examples, {event.device}"
        case "epoch":
            metrics = "  ".join(f"{name} {spelled(value)}" for name, value in event.metrics.items())
            return f"epoch {event.epoch}/{event.epochs}  {event.seconds:.2f} s  {metrics}"
        case "checkpoint":
            return f"saved {event.path} ({event.size_bytes} bytes, {event.digest[:12]}…)"
        case "log":
            return event.message
        case "finished":
            return f"{event.reason.replace('_', ' ')} after epoch {event.epoch}"
        case "failed":
            return f"failed: {event.error} {event.advice}"
    return ""

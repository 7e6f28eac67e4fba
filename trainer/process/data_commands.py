"""The commands of the trainer that are about data: preparing it, mending its labels, downloading it for a mirror."""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from trainer.data.bundled.catalog import CATALOG
from trainer.data.own.choices import parse_choices
from trainer.data.source import DataSource
from trainer.data.versions.corrections import parse_corrections
from trainer.messages.message import Message
from trainer.process.requests import datasets_folder

if TYPE_CHECKING:
    from trainer.data.own.understanding import Understanding

EXAMPLE = '{"target": "species"}'
DATASETS_HELP = Message("folder for downloaded and prepared data")


def add(commands: Any) -> None:
    """Add them to ``commands``, the subparsers of a parser."""
    plugins_help = Message("list the datasets that Python files declare, and their parameters")
    _add_plugins(commands.add_parser("plugins", help=str(plugins_help)))
    _add_prepare(
        commands.add_parser("prepare", help=str(Message("prepare a dataset for training and print its folder")))
    )
    mend_help = Message("correct labels of a prepared dataset and print the folder of the new version")
    _add_mend(commands.add_parser("mend", help=str(mend_help)))
    _add_download(commands.add_parser("download", help=str(Message("download the files of datasets, for a mirror"))))


def _add_prepare(command: argparse.ArgumentParser) -> None:
    name_help = Message("a dataset such as mnist, a file or folder of your own, or FILE.py:FUNCTION")
    command.add_argument("name", help=str(name_help))
    choices_help = Message("what is otherwise guessed of your own data, as JSON, such as {example}", example=EXAMPLE)
    command.add_argument("--choices", default="{}", help=str(choices_help))
    out_help = Message("where to put the prepared folder; without it, below --datasets, named by its content")
    command.add_argument("--out", type=Path, help=str(out_help))
    look_help = Message("only say what was understood of your own data")
    command.add_argument("--look", action="store_true", help=str(look_help))
    command.add_argument("--datasets", type=Path, default=datasets_folder(), help=str(DATASETS_HELP))
    command.set_defaults(run=_prepare)


def _add_plugins(command: argparse.ArgumentParser) -> None:
    folder_help = Message("folder of the files; without it, the one that TRAINYARD_PLUGINS names")
    command.add_argument("folder", type=Path, nargs="?", help=str(folder_help))
    command.set_defaults(run=_plugins)


def _add_mend(command: argparse.ArgumentParser) -> None:
    corrections_help = Message("JSON file with a list of objects with index and label; the label null leaves out")
    command.add_argument("data", type=Path, help=str(Message("folder of a prepared dataset")))
    command.add_argument("corrections", type=Path, help=str(corrections_help))
    command.add_argument("--datasets", type=Path, default=datasets_folder(), help=str(DATASETS_HELP))
    command.set_defaults(run=_mend)


def _add_download(command: argparse.ArgumentParser) -> None:
    names_help = Message("datasets, such as mnist; without any, all that are downloaded")
    mirror_help = Message("folder of the mirror; TRAINYARD_MIRROR names its address")
    command.add_argument("names", nargs="*", help=str(names_help))
    command.add_argument("--mirror", type=Path, required=True, help=str(mirror_help))
    command.set_defaults(run=_download)


def print_progress(fraction: float, message: Message) -> None:
    """Print what takes time: downloads."""
    if 0 < fraction < 1:
        print(message, file=sys.stderr)


def _plugins(options: argparse.Namespace) -> int:
    """Print every dataset; returns 1 when a file cannot be used."""
    from trainer.plugins.loading import list_plugins, plugin_folder

    found = list_plugins(options.folder.resolve() if options.folder else plugin_folder())
    for each in found:
        if each.problem:
            print(each.problem, file=sys.stderr)
            continue
        print(f"{each.name}  {each.title}")
        for parameter in each.parameters:
            default = "" if parameter.default is None else f" = {json.dumps(parameter.default, ensure_ascii=False)}"
            print(f"    {parameter.name}{default}: {parameter.accepted}")
    return int(any(each.problem for each in found))


def _prepare(options: argparse.Namespace) -> int:
    if re.search(r"\.py(:\w+)?$", options.name):
        _say(*_generated(options))
    elif options.name not in CATALOG and Path(options.name).exists():
        _say(*_own(options))
    else:
        print(_bundled(options))
    return 0


@contextmanager
def _place(options: argparse.Namespace) -> Iterator[Path]:
    """The folder below which to prepare data: ``--datasets``, or one beside ``--out``, which is gone afterwards.

    Raises :class:`ValueError` if something is at ``--out`` already.
    """
    out: Path | None = options.out
    if out is None:
        options.datasets.mkdir(parents=True, exist_ok=True)
        yield options.datasets
        return
    if out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise ValueError(Message("{path} is there already; choose another folder, or remove it.", path=str(out)))
    out.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as beside:
        yield Path(beside)


def _put(folder: Path, options: argparse.Namespace) -> Path:
    """Move what is prepared, and whole, to ``--out``, if that was given; returns where it is."""
    return folder if options.out is None else folder.replace(options.out)


def _bundled(options: argparse.Namespace) -> Path:
    """What is downloaded and prepared stays below ``--datasets``; elsewhere goes a copy."""
    with _place(options) as place:
        data = DataSource(None, options.datasets).open(options.name, print_progress)
        folder: Path = options.datasets / data.content_hash
        return folder if options.out is None else _put(Path(shutil.copytree(folder, place / folder.name)), options)


def _own(options: argparse.Namespace) -> tuple[Understanding, Path | None]:
    """What was understood of a file or folder, and unless that was all that was asked for, its prepared folder."""
    from trainer.data.own.importing import prepare_own, understand

    path, choices = Path(options.name), parse_choices(options.choices)
    if options.look:
        return understand(path, choices), None
    with _place(options) as place:
        folder, understood = prepare_own(path, choices, path.stem[:64], place, print_progress)
        return understood, _put(folder, options)


def _generated(options: argparse.Namespace) -> tuple[Understanding, Path | None]:
    """As :func:`_own`, for ``moons.py:moons`` with the path of the file, or a file in the plug-in folder."""
    from trainer.data.own.generated import prepare_generated, understand_generated
    from trainer.plugins.loading import plugin_folder, plugin_named

    path, choices = Path(options.name), parse_choices(options.choices)
    is_there = Path(options.name.partition(":")[0]).exists()
    plugin = plugin_named(path.name, path.parent.resolve() if is_there else plugin_folder())
    if options.look:
        return understand_generated(plugin, choices), None
    name = plugin.facts.function[:64]
    with _place(options) as place:
        folder, understood = prepare_generated(plugin, choices, name, place, print_progress)
        return understood, _put(folder, options)


def _say(understood: Understanding, folder: Path | None) -> None:
    """Print what was understood, what was left out and why, and the folder of what was prepared."""
    for line in understood.in_words():
        print(line, file=sys.stderr)
    if folder is not None:
        print(folder)


def _mend(options: argparse.Namespace) -> int:
    from trainer.data.versions.mending import mend

    options.datasets.mkdir(parents=True, exist_ok=True)
    print(mend(options.data, parse_corrections(options.corrections.read_text()), options.datasets))
    return 0


def _download(options: argparse.Namespace) -> int:
    from trainer.data.bundled.downloads import FILES, fetch

    for name in options.names or FILES:
        if name not in FILES:
            accepted = ", ".join(FILES)
            raise ValueError(Message("{name} given; downloaded are: {accepted}.", name=repr(name), accepted=accepted))
        for path in fetch(name, FILES[name], options.mirror, print_progress):
            print(path)
    return 0

"""Reading the files of the plug-in folder: this runs their code, so only trainer processes do it."""

from __future__ import annotations

import importlib.util
import os
import re
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from trainer.errors import BadData, own_message
from trainer.messages.message import Message, verbatim
from trainer.plugins.declaration import facts_of, is_declared
from trainer.plugins.facts import FILE, PluginFacts
from trainer.system.time_limit import TookTooLong, time_limit

VARIABLE = "TRAINYARD_PLUGINS"
IMPORT_SECONDS = 60


@dataclass(frozen=True)
class Plugin:
    """A dataset in Python that can be made: its function, and the folder of its file."""

    facts: PluginFacts
    function: Callable[..., Any]
    folder: Path


def plugin_folder() -> Path:
    """The folder that the environment names. Raises :class:`BadData` when it names none, or what is no folder."""
    given = os.environ.get(VARIABLE, "")
    if not given:
        raise BadData(
            Message(
                "{variable} is not set where the trainer runs. Set it to the folder with the Python files.",
                variable=VARIABLE,
            )
        )
    folder = Path(given).expanduser().resolve()
    if not folder.is_dir():
        raise BadData(
            Message(
                "{variable} names what is no folder where the trainer runs. Create it, or correct the variable.",
                variable=VARIABLE,
            )
        )
    return folder


def list_plugins(folder: Path) -> list[PluginFacts]:
    """The datasets of every Python file in ``folder``, by file and place; a file that cannot be used has a problem.

    Files whose names begin with ``_`` are helpers of the others and are passed over.
    """
    found: list[PluginFacts] = []
    for path in sorted(folder.glob("*.py")):
        if path.name.startswith("_"):
            continue
        try:
            found += [plugin.facts for plugin in plugins_of(path)]
        except BadData as error:
            found.append(PluginFacts(file=path.name, problem=error.message))
    return found


def plugins_of(path: Path) -> list[Plugin]:
    """The datasets of one file. Raises :class:`BadData` when it cannot be imported or declares none."""
    if not re.fullmatch(FILE, path.name):
        raise BadData(
            Message(
                "The file is called {name}; accepted: letters, digits, _ and - before .py. Rename it.", name=path.name
            )
        )
    module = _imported(path)
    functions = [each for each in vars(module).values() if is_declared(each) and each.__module__ == module.__name__]
    if not functions:
        raise BadData(
            Message(
                "{file} declares no dataset. Mark a function with @dataset, or begin the name of a helper with _.",
                file=path.name,
            )
        )
    try:
        return [Plugin(facts_of(function, path.name), function, path.parent) for function in functions]
    except Exception as error:  # such as an annotation that names nothing
        problem = own_message(error) or verbatim(_first_line(error))
        raise BadData(Message("{file}: {problem}", file=path.name, problem=problem)) from error


def plugin_named(name: str, folder: Path) -> Plugin:
    """The dataset ``moons.py:moons`` of ``folder``; the only one of its file for ``moons.py``. Raises BadData."""
    file, _, function = name.partition(":")
    path = folder / file
    if not path.is_file():
        raise BadData(Message("There is no file {file} in the plug-in folder.", file=file))
    plugins = plugins_of(path)
    wanted = [each for each in plugins if each.facts.function == function or (not function and len(plugins) == 1)]
    if not wanted:
        names = ", ".join(each.facts.name for each in plugins)
        raise BadData(Message("{given} given; accepted: {accepted}.", given=name, accepted=names))
    return wanted[0]


def located(error: BaseException, folder: Path) -> BadData:
    """What the code of a plug-in in ``folder`` raised, in one line with its file and line."""
    if isinstance(error, SyntaxError) and error.filename and Path(error.filename).parent == folder:
        return _at(Path(error.filename), error.lineno or 1, f"{type(error).__name__}: {error.msg}")
    problem = own_message(error) or verbatim(_first_line(error))
    frames = [each for each in traceback.extract_tb(error.__traceback__) if Path(each.filename).parent == folder]
    if not frames:
        return BadData(Message("The Python code failed: {problem}", problem=problem))
    return _at(Path(frames[-1].filename), frames[-1].lineno or 1, problem)


def _at(path: Path, line: int, problem: str | Message) -> BadData:
    return BadData(Message("{file}, line {line}: {problem}", file=path.name, line=str(line), problem=problem))


def _first_line(error: BaseException) -> str:
    text = next(iter(str(error).splitlines()), "")
    return f"{type(error).__name__}: {text}"[:500]


def _imported(path: Path) -> ModuleType:
    """Import the file; its folder is importable, so that plug-ins share helpers."""
    name = f"trainyard_plugin_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    if str(path.parent) not in sys.path:
        sys.path.append(str(path.parent))
    sys.dont_write_bytecode = True  # the folder may be read-only
    sys.modules[name] = module  # dataclasses look themselves up
    try:
        with time_limit(IMPORT_SECONDS):
            spec.loader.exec_module(module)
    except TookTooLong as error:
        raise BadData(
            Message("{file} took more than {seconds} s to import.", file=path.name, seconds=IMPORT_SECONDS)
        ) from error
    except (Exception, SystemExit) as error:
        raise located(error, path.parent) from error
    return module

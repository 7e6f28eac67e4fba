"""Datasets in Python: having a worker list them, and beginning one with its parameters. No plug-in code runs here."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from uuid import UUID

from django.conf import settings

from trainer.data.own.choices import Choices
from trainer.messages.message import Message
from trainer.plugins.facts import PluginFacts
from trainer.plugins.parameters import checked
from webapp.datasets.models import PluginScan, Upload
from webapp.datasets.uploading import Refused, look
from webapp.jobs.lifecycle import WrongState, queue_again
from webapp.jobs.models import JobState
from webapp.teams.models import Team

# There is one scan, and never another.
SCAN_ID = UUID(int=1)


def is_configured() -> bool:
    """Whether the operator named a folder for Python files."""
    return settings.PLUGIN_DIR is not None


def last_scan() -> PluginScan:
    """The scan, unsaved and empty while nobody asked for one."""
    return PluginScan.objects.filter(pk=SCAN_ID).first() or PluginScan(pk=SCAN_ID, state=JobState.STOPPED)


def scan_again() -> PluginScan:
    """Have a worker read the folder, unless one is about to. Raises :class:`Refused` when no folder is named."""
    if not is_configured():
        raise Refused(
            Message(
                "This server has no folder for datasets in Python. Its operator can set {variable}.",
                variable="TRAINYARD_PLUGINS",
            )
        )
    scan, _ = PluginScan.objects.get_or_create(pk=SCAN_ID, defaults={"state": JobState.STOPPED})
    with suppress(WrongState):  # it waits or runs already
        queue_again(scan, Message("requested"))
    scan.refresh_from_db()
    return scan


def plugins_of(scan: PluginScan) -> list[PluginFacts]:
    """What the last reading found, files that cannot be used among it."""
    return [PluginFacts.model_validate(each) for each in scan.found]


def begin(team: Team, user: Any, name: str, title: str = "", parameters: Mapping[str, Any] | None = None) -> Upload:
    """Begin a dataset of the team from the function ``name``, such as ``moons.py:moons``, and have it looked at.

    Without ``parameters`` it waits for them if one of them has no default. Raises :class:`Refused` for a name that
    the last reading did not find, and :class:`trainer.errors.SpecError` for wrong parameters.
    """
    known = {each.name: each for each in plugins_of(last_scan()) if each.function}
    if name not in known:
        raise Refused(
            Message(
                "{given} given; accepted: {names}. Have the plug-in folder read again if it is new.",
                given=repr(name[:100]),
                names=", ".join(known) or "–",
            )
        )
    facts = known[name]
    must_wait = parameters is None and any(each.default is None for each in facts.parameters)
    values = {} if must_wait else checked(facts.parameters, parameters or {})
    choices = Choices(title=title or facts.title, parameters=values)
    upload = Upload.objects.create(
        team=team,
        owner=user,
        file_name=facts.name,
        num_bytes=0,
        state=JobState.STOPPED,
        plugin=facts.model_dump(mode="json"),
        choices=choices.model_dump(mode="json"),
    )
    if not must_wait:
        look(upload, choices)
    return upload


def check_parameters(upload: Upload, choices: Choices) -> None:
    """Raise :class:`trainer.errors.SpecError` for parameters that do not fit; a file has none."""
    facts = facts_of(upload)
    checked(facts.parameters if facts else (), choices.parameters)


def facts_of(upload: Upload) -> PluginFacts | None:
    """What the dataset in Python declared when it was begun; ``None`` for a file."""
    return PluginFacts.model_validate(upload.plugin) if upload.plugin else None

"""Datasets in Python as requests: listing what files declare, previewing and preparing what a function makes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from trainer.data.loading import load
from trainer.data.own.choices import Choices
from trainer.data.source import Report
from trainer.messages.message import Message
from trainer.plugins.loading import list_plugins, plugin_folder, plugin_named


def listed() -> dict[str, Any]:
    """What the files of the plug-in folder declare. Raises :class:`trainer.errors.BadData` without such a folder."""
    return {"found": [each.model_dump(mode="json") for each in list_plugins(plugin_folder())]}


def generate(
    name: str,
    choices: Choices,
    report: Report,
    *,
    dataset: str,
    datasets: Path,
    drafts: Path | None = None,
    previous: Path | None = None,
) -> dict[str, Any]:
    """Run the function ``name``: for a preview, or with a name for the ``dataset`` prepare it below ``datasets``.

    Drafts are written in ``drafts``. With the prepared version ``previous``, the answer also says what differs from
    that. Raises what :func:`trainer.data.own.generated.prepare_generated` does.
    """
    from trainer.data.own.generated import prepare_generated, understand_generated
    from trainer.data.summary import described

    report(0.0, Message("Running {plugin}", plugin=name))
    plugin = plugin_named(name, plugin_folder())
    if not dataset:
        return {"understood": understand_generated(plugin, choices).to_json()}
    datasets.mkdir(parents=True, exist_ok=True)
    folder, understood = prepare_generated(plugin, choices, dataset, datasets, report, drafts=drafts)
    report(0.95, Message("Drawing samples"))
    return {"understood": understood.to_json()} | described(load(folder, "r"), previous)

"""Whether resuming from a checkpoint is exact: bit for bit the same as training that was never interrupted.

Pure functions, without Keras: the site calls them before a resume and shows the reasons why it may not be exact.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from trainer.checkpoints.checkpoint_files import Manifest
from trainer.messages.message import Message

TITLES = {
    "python": "Python",
    "keras": "Keras",
    "numpy": "NumPy",
    "tensorflow": "TensorFlow",
    "jax": "JAX",
    "jaxlib": "jaxlib",
}

# What tells apart processors that virtual machines call by one name: see trainer/system/processor.py.
GENERATION = re.compile(r" \(family \d+, model \d+\)")


def device_of(name: str, cores: int | None = None) -> str:
    """The device as written in a manifest: a GPU by its name, a processor by its name and number of cores."""
    return f"{name}, {cores} cores" if cores else name


def inexact_reasons(manifest: Manifest, versions_here: Mapping[str, str], device_here: str) -> list[Message]:
    """Return the reasons why resuming from the checkpoint of ``manifest`` here may differ in the last bits.

    ``versions_here`` maps packages to versions, ``device_here`` comes from :func:`device_of`. Anything unknown on
    either side (an older checkpoint, a package that is not listed, an empty device) is not a reason. When the list is
    empty, the resume is exact.
    """
    return [
        *_other_device(manifest.device, device_here),
        *_other_versions(manifest.versions, versions_here),
        *_several_devices(manifest.spec),
    ]


def _other_device(there: str, here: str) -> list[Message]:
    if GENERATION.search(there) is None or GENERATION.search(here) is None:  # written before these were recorded
        there, here = (GENERATION.sub("", device) for device in (there, here))
    if not there or not here or there == here:
        return []
    return [
        Message(
            "The checkpoint was computed on {there}, this would resume on {here}; devices round differently.",
            there=there,
            here=here,
        )
    ]


def _other_versions(there: Mapping[str, str], here: Mapping[str, str]) -> list[Message]:
    names = [name for name in TITLES if name in there and name in here and there[name] != here[name]]
    return [
        Message(
            "The checkpoint was written with {package} {there}, here is {here}; versions may compute in different "
            "orders.",
            package=TITLES[name],
            there=there[name],
            here=here[name],
        )
        for name in names
    ]


def _several_devices(spec: Mapping[str, Any]) -> list[Message]:
    devices = spec.get("computation", {}).get("devices", 1)
    if devices == 1:
        return []
    return [
        Message("The run splits its batches among {devices} devices, which sum in no fixed order.", devices=devices)
    ]

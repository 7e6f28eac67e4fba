"""Whether going on from a checkpoint can be promised to be bit for bit the training that was never interrupted.

Pure, and without Keras: the site asks before a resume, and tells the reasons why not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trainer.checkpoints.checkpoint_files import Manifest

TITLES = {
    "python": "Python",
    "keras": "Keras",
    "numpy": "NumPy",
    "tensorflow": "TensorFlow",
    "jax": "JAX",
    "jaxlib": "jaxlib",
}


def device_of(name: str, cores: int | None = None) -> str:
    """How a device is written in a manifest: a GPU by its name, a processor by its name and number of cores."""
    return f"{name}, {cores} cores" if cores else name


def inexact_reasons(manifest: Manifest, versions_here: Mapping[str, str], device_here: str) -> list[str]:
    """Return the reasons why going on from the checkpoint of ``manifest`` here may differ in the last bits.

    ``versions_here`` are versions by package, ``device_here`` is what :func:`device_of` gives; what is not known on
    either side (an older checkpoint, a package that is not named, an empty device) is no reason. An empty list is
    the promise.
    """
    return [
        *_other_device(manifest.device, device_here),
        *_other_versions(manifest.versions, versions_here),
        *_several_devices(manifest.spec),
    ]


def _other_device(there: str, here: str) -> list[str]:
    if not there or not here or there == here:
        return []
    return [f"The checkpoint was computed on {there}, this would go on on {here}; devices round differently."]


def _other_versions(there: Mapping[str, str], here: Mapping[str, str]) -> list[str]:
    names = [name for name in TITLES if name in there and name in here and there[name] != here[name]]
    return [
        f"The checkpoint was written with {TITLES[name]} {there[name]}, here is {here[name]}; another version may "
        "compute in another order."
        for name in names
    ]


def _several_devices(spec: Mapping[str, Any]) -> list[str]:
    devices = spec.get("computation", {}).get("devices", 1)
    if devices == 1:
        return []
    return [f"The run shares its batches out among {devices} devices, which add up in no fixed order."]

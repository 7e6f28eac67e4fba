"""Digits 5 to 9 with few examples, with and without what was learnt on 0 to 4. ``python -m bench.accuracy.transfer``

Both datasets are uploaded through the API, as a team would bring them. Writes the last section of docs/accuracy.md.
"""

from __future__ import annotations

import io
import time
import urllib.request
from typing import Any

import numpy as np
from sklearn.datasets import load_digits

from bench.accuracy import page
from bench.accuracy.measuring import Accuracies, Measuring, Repeat
from bench.accuracy.specs import SEEDS, Json, adam, convnet, seeded
from bench.report import machine
from bench.setup.site import site
from tests.product import Api

FEW = (3, 10, 20)
EXAMPLES_OF_A_CLASS, OF_TEST = 56, 3  # as many as the bounds of the fractions let 3 be for training
SCRATCH = "from scratch"
WAYS: dict[str, Json] = {
    "all layers trained": {},
    "learning rates decaying by 0.5 a layer": {"rate_decay": 0.5},
    "first two blocks frozen": {"freeze": {"kind": "first", "layers": 4}},
    "all but the output frozen": {"freeze": {"kind": "all_but_output"}},
}
NETWORK = convnet(16, 32, 32)
PREPARING_SECONDS = 120
COMMAND = "python -m bench.accuracy.transfer"
TEXT = """
Digits 5 to 9 with few training examples of each, by a convolutional network of 16, 32 and 32 filters: from random
weights, or from those of a run on 901 digits 0 to 4. The output layer is new everywhere; Adam at 0.003, batches of 15
and 100 epochs are the same everywhere. Accuracy is that of the last epoch on 160 or more validation examples, the mean
of {num_seeds} seeds; with each seed all ways have the same examples. `{command}` took {minutes:.0f} minutes.

{machine}
"""


def upload(api: Api, name: str, inputs: np.ndarray, targets: np.ndarray) -> str:
    """Bring arrays as a dataset of the team; returns its name once it is prepared. Raises ``RuntimeError``."""
    file = io.BytesIO()
    np.savez_compressed(file, x=inputs, y=targets)
    content = file.getvalue()
    begun = api("/datasets", {"name": f"{name}.npz", "num_bytes": len(content)})
    address = f"{api.address}/uploads/{begun['id']}/part?offset=0"
    headers = {"Authorization": f"Bearer {api.token}", "Content-Type": "application/octet-stream"}
    urllib.request.urlopen(urllib.request.Request(address, content, headers, method="PUT"), timeout=30).close()
    _wait_for(api, begun["id"], "understand")
    api(f"/uploads/{begun['id']}/accept", {})
    return str(_wait_for(api, begun["id"], "prepare")["dataset"])


def _wait_for(api: Api, upload: str, act: str) -> Any:
    deadline = time.monotonic() + PREPARING_SECONDS
    while time.monotonic() < deadline:
        found = api(f"/uploads/{upload}")
        if found["state"] == "failed":
            raise RuntimeError(f"{found['error']} {found['advice']}")
        if found["act"] == act and found["state"] == "finished":
            return found
        time.sleep(0.5)
    raise RuntimeError(f"{upload} is not done after {PREPARING_SECONDS} s.")


def halves() -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """All digits 0 to 4, and as many of each from 5 to 9 as the few and their validation take: images and targets."""
    digits = load_digits()
    images, targets = digits.images[..., None].astype(np.float32), digits.target
    few = np.concatenate([np.flatnonzero(targets == number)[:EXAMPLES_OF_A_CLASS] for number in range(5, 10)])
    return (images[targets < 5], targets[targets < 5]), (images[few], targets[few])


def source_spec(dataset: str) -> Json:
    fit = {"epochs": 20, "batch_size": 32}
    return {"dataset": {"name": dataset}, "network": NETWORK, "optimizer": adam(), "fit": fit}


def few_spec(dataset: str, few: int, transfer: Json) -> Json:
    """``few`` examples of each class for training, three for a test that is not looked at, the others to validate."""
    held_out = EXAMPLES_OF_A_CLASS - few - OF_TEST
    fractions = {
        "validation_fraction": held_out / EXAMPLES_OF_A_CLASS,
        "test_fraction": OF_TEST / EXAMPLES_OF_A_CLASS,
    }
    fit = {"epochs": 100, "batch_size": 15}
    return source_spec(dataset) | {"split": fractions, "fit": fit, "transfer": transfer}


def repeats(dataset: str, parents: list[str]) -> list[Repeat]:
    """Every way with every number of examples, each seed from the checkpoint of the same seed."""
    found = []
    for few in FEW:
        named = f"{few} examples a class"
        for seed, parent in zip(SEEDS, parents, strict=True):
            found.append(Repeat((named, SCRATCH), seed, seeded(few_spec(dataset, few, {}), seed)))
            for way, transfer in WAYS.items():
                spec = seeded(few_spec(dataset, few, transfer | {"new_output": True}), seed)
                found.append(Repeat((named, way), seed, spec, parent=parent))
    return found


def measure() -> Accuracies:
    source, target = halves()
    with site() as place:
        place.page.goto("about:blank")
        api = Api(place.product)
        old, new = upload(api, "digits-0-to-4", *source), upload(api, "digits-5-to-9", *target)
        first = Measuring(api, [Repeat((old, "source"), seed, seeded(source_spec(old), seed)) for seed in SEEDS])
        first.accuracies()
        return Measuring(api, repeats(new, list(map(first.last_checkpoint, first.repeat_of)))).accuracies()


def section_of(accuracies: Accuracies, minutes: float) -> str:
    text = TEXT.format(num_seeds=len(SEEDS), command=COMMAND, minutes=minutes, machine=machine())
    tables = []
    for few in FEW:
        named = f"{few} examples a class"
        ways = {way: accuracies[named, way] for way in WAYS}
        tables += [
            f"### {few} examples of each class\n",
            page.effects_table("way", SCRATCH, accuracies[named, SCRATCH], ways),
        ]
    return "\n".join([text, *tables])


def main() -> None:
    began = time.monotonic()
    accuracies = measure()
    section = section_of(accuracies, (time.monotonic() - began) / 60)
    page.write_transfer(section)
    print(section)


if __name__ == "__main__":
    main()

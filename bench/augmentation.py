"""A training with the usual augmentation against the same training without. ``python -m bench.augmentation``

Both are whole trainings of a convnet of :mod:`bench.training` in one process, in turn: built, compiled, trained and
validated, with no checkpoint and nobody listening, which would hide the difference. The usual set is what most
trainings on photographs have: flips from left to right, a few degrees of rotation, and moves by a tenth of the side.
Digits are not to be flipped, but a flip takes the same time whatever it shows.
"""

from __future__ import annotations

import argparse
from typing import Any

from bench.report import Row, machine, write_section
from bench.training import ARITHMETIC, ENLARGED, SEPARABLE, bare_loop, cost
from trainer.spec import Spec
from trainer.validation.parsing import parse_spec

GOAL = 1.15
USUAL: dict[str, Any] = {"horizontal_flip": True, "rotation": 10.0, "translation": 0.1}
CASES = {
    "separable convnet, batch-normalised, 8×8, 20 epochs": parse_spec(SEPARABLE),
    "separable convnet, batch-normalised, 28×28, 8 epochs": parse_spec(ENLARGED),
    "wide convnet, 6 epochs": parse_spec(ARITHMETIC),
}


def augmented(spec: Spec) -> Spec:
    return parse_spec(spec.to_json() | {"augmentation": USUAL})


def rows_of(name: str, spec: Spec, repeats: int) -> list[Row]:
    sides = augmented(spec), spec
    rounds = [[cost(bare_loop, side) for side in sides] for _ in range(repeats + 1)][1:]  # the first warms up
    seconds = [ours.seconds / theirs.seconds for ours, theirs in rounds]
    processor = [ours.processor / theirs.processor for ours, theirs in rounds]
    return [
        Row.of(what, ratios, GOAL)
        for what, ratios in ((f"{name}: augmented ÷ plain", seconds), (f"{name}: the same, processor", processor))
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--only", default="", help="part of the name of a case; nothing is written then")
    options = parser.parse_args()
    rows = []
    for name, spec in CASES.items():
        if options.only in name:
            rows += rows_of(name, spec, options.repeats)
            print(*rows[-2:], sep="\n", flush=True)
    if not options.only:
        write_section("Augmentation", machine(), rows)


if __name__ == "__main__":
    main()

"""Accuracies through the product's own API, written to docs/accuracy.md. ``python -m bench.accuracy``

``--only digits-convnet`` measures what has that in its name and prints it; nothing is written.
"""

from __future__ import annotations

import argparse
import time

from bench.accuracy import page
from bench.accuracy.measuring import Accuracies, Measuring, Repeat, repeats
from bench.setup.site import site
from tests.product import Api


def measure(wanted: list[Repeat]) -> Accuracies:
    """Start the product, and train and evaluate ``wanted`` there."""
    with site() as place:
        place.page.goto("about:blank")  # a page of runs would be drawn again and again beside them
        return Measuring(Api(place.product), wanted).accuracies()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", help="a part of the name of a goal, baseline or technique; nothing is written")
    only = parser.parse_args().only
    wanted = [repeat for repeat in repeats() if only is None or any(only in name for name in repeat.key)]
    began = time.monotonic()
    accuracies = measure(wanted)
    minutes = (time.monotonic() - began) / 60
    print(f"{len(wanted)} runs in {minutes:.1f} minutes", flush=True)
    if only is None:
        page.write(accuracies, minutes)
        print(page.PAGE.read_text())
    for key, values in accuracies.items():
        print(*key, *(f"{value:.4f}" for value in values), f"mean {sum(values) / len(values):.4f}", flush=True)


if __name__ == "__main__":
    main()

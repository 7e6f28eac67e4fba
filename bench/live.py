"""From the click to the first point, and from the end of an epoch to its point on the screen. ``python -m bench.live``

Measured in a real browser against the real product (``make run``), everything on one machine:

* warm: the button “Launch” of the digits form to the first drawn epoch, with a spare trainer that has Keras imported;
* cold: the same in the moment in which ``make run`` says that it is ready, before any trainer has imported Keras;
* drawn: the time that the trainer wrote into the event of an epoch to the page's event ``trainyard:drawn``, on a page
  that is open and live.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import time
from datetime import datetime
from typing import Any

from playwright.sync_api import Page

from bench.report import Row, machine, write_section
from bench.setup.site import Site, site
from tests.browser.pages import CURVES, LONG, RunPage

WARM_UP_SECONDS = 15
# Epochs of a third of a second: each is drawn by itself, and the machine has air to draw in.
WATCHED: dict[str, Any] = {
    "network": {"kind": "convnet", "blocks": [{"filters": 64}, {"filters": 96}]},
    "fit": {"epochs": 60, "batch_size": 32},
}
# What a page shows first it has loaded; only what comes later was drawn live.
SETTLING_SECONDS = 3
LISTEN = """window.drawn = [];
document.addEventListener("trainyard:drawn", (event) => window.drawn.push([event.detail.at, Date.now()]));"""
A_RUN = re.compile(r"/runs/[0-9a-f-]{36}/")
FIRST_POINT = f"() => Math.max(0, ...Object.values(({CURVES})()).map((x) => x.length)) > 0"


def seconds_to_first_point(page: Page, begin: str) -> float:
    """Press “Launch” in the form as it is, and wait for the first epoch on a chart."""
    page.goto(f"/runs/new/?experiment={begin.rstrip('/').rsplit('/', 1)[1]}")
    button = page.locator("[data-launch-button]")
    button.wait_for()
    began = time.perf_counter()
    button.click(no_wait_after=True)
    page.wait_for_url(A_RUN, wait_until="commit")
    page.wait_for_function(FIRST_POINT, polling="raf", timeout=LONG)
    return time.perf_counter() - began


def warm(place: Site, repeats: int) -> list[float]:
    figures = []
    for _ in range(repeats):
        time.sleep(WARM_UP_SECONDS)
        figures.append(seconds_to_first_point(place.page, place.begin))
        RunPage(place.page).wait_for("finished")
    return figures


def drawing_seconds(place: Site) -> list[float]:
    """For every epoch of a run: from its end in the trainer to its point on the screen."""
    token = place.product.manage("create_token", "ada@example.org").split()[-1]
    answer = place.context.request.post(
        "/api/v1/runs",
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        data=json.dumps({"experiment": "Watched", "spec": WATCHED}),
    )
    page = place.context.new_page()
    page.add_init_script(LISTEN)
    page.goto(answer.json()["page"])
    settled = time.time() + SETTLING_SECONDS
    RunPage(page).wait_for("finished")
    drawn = page.evaluate("window.drawn")
    page.close()
    ended = [(datetime.fromisoformat(at).timestamp(), shown / 1000) for at, shown in drawn]
    return [shown - at for at, shown in ended if at > settled]


def cold(repeats: int) -> list[float]:
    figures = []
    with site() as place:
        for _ in range(repeats):
            place.product.restart()
            figures.append(seconds_to_first_point(place.page, place.begin))
            RunPage(place.page).wait_for("finished")
    return figures


def percentile_95(figures: list[float]) -> float:
    return statistics.quantiles(figures, n=20)[-1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    with site() as place:
        warm_figures = warm(place, repeats)
        drawn = [drawing_seconds(place) for _ in range(3)]
    rows = [
        Row.of("launch → first epoch on the chart, warm worker", warm_figures, 1.5),
        Row.of("launch → first epoch on the chart, right after start", cold(3), 10.0),
        Row.of("epoch end → drawn point, median", [statistics.median(figures) for figures in drawn], 0.2),
        Row.of("epoch end → drawn point, 95th percentile", [percentile_95(figures) for figures in drawn], 0.2),
    ]
    for each in rows:
        print(each, flush=True)
    write_section("Live", machine(), rows)


if __name__ == "__main__":
    main()

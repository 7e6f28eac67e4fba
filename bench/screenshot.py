"""``make screenshot``: the picture of the README, taken from the product while it trains."""

from __future__ import annotations

import json

from bench.setup.site import Site, site
from tests.browser.pages import RunPage
from tests.product import ROOT

PICTURE = ROOT / "docs" / "screenshot.png"
SPEC = {
    "network": {"kind": "convnet", "blocks": [{"filters": 32, "dropout": 0.1}, {"filters": 64, "dropout": 0.1}]},
    "optimizer": {"kind": "adam", "learning_rate": 0.002},
    "fit": {"epochs": 60, "batch_size": 32},
}


def launch(place: Site) -> str:
    """Launch a run by the API; returns the address of its page."""
    token = place.product.manage("create_token", "ada@example.org").split()[-1]
    body = {"experiment": "Handwritten digits", "spec": SPEC, "name": "Two blocks", "tags": ["convnet"]}
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    answer = place.context.request.post("/api/v1/runs", headers=headers, data=json.dumps(body))
    page: str = answer.json()["page"]
    return page


def main() -> None:
    with site(width=1280, height=760) as place:
        place.page.goto(launch(place))
        RunPage(place.page).wait_for_points(40)
        place.page.screenshot(path=PICTURE)
    print(f"{PICTURE.relative_to(ROOT)} is made.")


if __name__ == "__main__":
    main()

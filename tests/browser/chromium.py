"""The Chromium that tests and measurements drive: the system's. ``python -m tests.browser.chromium`` installs it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from playwright.sync_api import Browser, Playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
INSTALL = "apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium"
HOW = (
    "The browser tests need Chromium, which is not here. Install it (Debian, Ubuntu: sudo apt-get install chromium; "
    "macOS: brew install chromium), or name one: CHROMIUM=/path/to/chromium make test"
)


def find() -> str | None:
    """Path of a Chromium, ``None`` when there is none."""
    given = os.environ.get("CHROMIUM")
    return shutil.which(given) if given else next(filter(None, map(shutil.which, NAMES)), None)


def launch(playwright: Playwright) -> Browser:
    # Chromium's own sandbox refuses to start as root, as in a container.
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    return playwright.chromium.launch(executable_path=find(), args=[*as_root, "--disable-dev-shm-usage"])


def main() -> None:
    if find() is None and os.geteuid() == 0 and shutil.which("apt-get"):
        print("Installing Chromium for the browser tests…", flush=True)
        subprocess.run(["sh", "-c", f"({INSTALL}) >/dev/null"], check=False)
    if find() is None:
        sys.exit(HOW)


if __name__ == "__main__":
    main()

"""The web process: its memory, and which ASGI server serves a real page best. ``python -m bench.servers``

Every server gets the same database, the same page (the list of runs, signed in) and the same load: four connections
that ask one request after the other. The rounds are interleaved.
"""

from __future__ import annotations

import argparse
import http.client
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from bench.report import Row, machine, write_section
from bench.setup.site import Site, site
from tests.product import ROOT
from webapp.launcher.address import free_port

CONNECTIONS = 4
SECONDS = 5.0
APPLICATION = "webapp.asgi:application"
SERVERS = {
    "uvicorn": ["uvicorn", APPLICATION, "--host", "127.0.0.1", "--log-level", "error", "--no-access-log"],
    "daphne": ["daphne", "-b", "127.0.0.1", "-v", "0", APPLICATION],
    "granian": ["granian", "--interface", "asgi", "--host", "127.0.0.1", "--log-level", "error", APPLICATION],
}
LIBRARIES = ("tensorflow", "keras")


@contextmanager
def serving(name: str, environment: dict[str, str]) -> Iterator[tuple[int, psutil.Process]]:
    """Run a server; gives its port and process."""
    port = free_port()
    words = [sys.executable, "-m", *SERVERS[name], "--port", str(port)]
    process = subprocess.Popen(words, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(port)
        yield port, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(20)


def wait_for(port: int) -> None:
    for _ in range(300):
        try:
            get(http.client.HTTPConnection("127.0.0.1", port, timeout=5), "/healthz/", "")
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"nothing answers on port {port}")


def get(connection: http.client.HTTPConnection, path: str, cookie: str) -> None:
    connection.request("GET", path, headers={"Cookie": cookie})
    answer = connection.getresponse()
    answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{path} answers {answer.status}")


def seconds_per_page(port: int, path: str, cookie: str) -> float:
    """Under load from a few connections for a few seconds."""
    counts: list[int] = []

    def ask() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        count, end = 0, time.perf_counter() + SECONDS
        while time.perf_counter() < end:
            get(connection, path, cookie)
            count += 1
        counts.append(count)

    threads = [threading.Thread(target=ask) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return SECONDS / sum(counts)


def megabytes(process: psutil.Process) -> float:
    """Resident memory of a server with all its processes."""
    return sum(each.memory_info().rss for each in [process, *process.children(recursive=True)]) / 1e6


def libraries_in(process: psutil.Process) -> list[str]:
    """Which of the libraries that a web process must never load are mapped into it."""
    maps = Path(f"/proc/{process.pid}/maps").read_text()
    return [name for name in LIBRARIES if f"/{name}/" in maps]


def race(place: Site, repeats: int) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Seconds per page and memory after the load, for each server and round."""
    cookie = "; ".join(f"{each['name']}={each['value']}" for each in place.context.cookies())
    environment = place.product.environment | {"DJANGO_SETTINGS_MODULE": "webapp.settings", "LOG_LEVEL": "ERROR"}
    pace: dict[str, list[float]] = {name: [] for name in SERVERS}
    memory: dict[str, list[float]] = {name: [] for name in SERVERS}
    for _ in range(repeats):
        for name in SERVERS:
            with serving(name, environment) as (port, process):
                seconds_per_page(port, "/runs/", cookie)
                pace[name].append(seconds_per_page(port, "/runs/", cookie))
                memory[name].append(megabytes(process))
    return pace, memory


def web_process(place: Site) -> psutil.Process:
    children = psutil.Process(place.product.process.pid).children()
    return next(child for child in children if "uvicorn" in child.cmdline())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    repeats = parser.parse_args().repeats
    with site() as place:
        web = web_process(place)
        rows = [Row.of("web process after start", [megabytes(web)], 150, "MB")]
        rows.append(Row.of("libraries of Keras in it", [len(libraries_in(web))], 0))
        place.product.stop()
        pace, memory = race(place, repeats)
        place.product.start()
    for name in ("daphne", "granian"):
        ratios = [ours / theirs for ours, theirs in zip(pace["uvicorn"], pace[name], strict=True)]
        rows.append(Row.of(f"uvicorn ÷ {name}, time for a page under load", ratios, 1.0))
    rows += [
        Row.of(f"{name}, time for a page under load", [1000 * each for each in pace[name]], 25, "ms") for name in pace
    ]
    rows += [Row.of(f"{name}, memory after the load", memory[name], 200, "MB") for name in memory]
    for each in rows:
        print(each, flush=True)
    write_section("Web server", machine(), rows)


if __name__ == "__main__":
    main()

"""The processes of Trainyard on one machine."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from django.conf import settings

from webapp.launcher import address
from webapp.launcher.children import Child
from webapp.launcher.redis_server import PrivateRedis
from webapp.workers.devices import gpu_ids

WORKERS = ("train", "evaluate")


def redis(server: PrivateRedis) -> Child:
    """The packaged Redis server."""
    return Child("redis", server.command, os.environ, _log("redis"))


def children(redis_url: str) -> list[Child]:
    """Web server, a worker for each queue, reconciler."""
    # WhiteNoise serves files from their sources; it only requires that this folder exists.
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    environment = {
        **os.environ,
        "REDIS_URL": redis_url,
        "ALLOWED_HOSTS": address.allowed_hosts(settings.HOST),
        "TRAINYARD_DATA": str(settings.DATA_DIR),
        "LOG_LEVEL": os.environ.get("LOG_LEVEL", "WARNING"),
        "PYTHONUNBUFFERED": "1",
    }
    commands = {"web": web_command(), "reconciler": manage("reconcile")}
    commands |= {f"worker-{queue}": worker_command(queue) for queue in WORKERS}
    return [Child(name, command, environment, _log(name)) for name, command in commands.items()]


def web_command() -> list[str]:
    address_options = ["--host", settings.HOST, "--port", str(settings.PORT)]
    # Open sockets of browsers must not delay the shutdown.
    quiet = ["--log-level", "warning", "--no-access-log", "--timeout-graceful-shutdown", "3"]
    return [sys.executable, "-m", "uvicorn", "webapp.asgi:application", *address_options, *quiet, *proxy_options()]


def proxy_options() -> list[str]:
    """Without a proxy X-Forwarded-For is not trusted, because sign-in attempts are limited by client address."""
    is_behind_proxy = settings.HTTPS or os.environ.get("FORWARDED_ALLOW_IPS")
    return ["--proxy-headers"] if is_behind_proxy else ["--no-proxy-headers"]


def worker_command(queue: str) -> list[str]:
    """A worker; for training it has one process for each ``GPUS_PER_RUN`` GPUs."""
    processes = max(1, len(gpu_ids()) // settings.GPUS_PER_RUN) if queue == "train" else 1
    words = ["-A", "webapp", "worker", "-Q", queue, "-n", f"{queue}@%h", "-c", str(processes), "-l", "WARNING"]
    return [sys.executable, "-m", "celery", *words]


def manage(*words: str) -> list[str]:
    return [sys.executable, str(settings.BASE_DIR / "manage.py"), *words]


def _log(name: str) -> Path:
    folder = Path(settings.DATA_DIR) / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{name}.log"

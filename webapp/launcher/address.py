"""The address at which the web server listens, its host names, and whether it answers."""

from __future__ import annotations

import http.client
import ipaddress
import os
import socket

import psutil

from trainer.messages.message import Message, joined_by

# Values of HOST that make the server listen on all interfaces.
EVERYWHERE = {"0.0.0.0", "::", ""}  # noqa: S104
LOOPBACK = ["127.0.0.1", "localhost", "[::1]"]


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches ``host``, a name or an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def free_port() -> int:
    """A TCP port on the loopback interface that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def why_not(host: str, port: int) -> Message:
    """Why the server cannot listen at ``host``:``port``; an empty message when it can."""
    if not 0 < port < 65536:
        return Message("PORT is {port}; give a number from 1 to 65535, such as PORT=8000.", port=port)
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except PermissionError:
        return Message("Port {port} may only be used by root. Choose one above 1023: PORT=8001 make run", port=port)
    except OSError as error:
        return _sentence(host, port, error)
    return Message("")


def _sentence(host: str, port: int, error: OSError) -> Message:
    if isinstance(error, socket.gaierror) or error.errno == 99:
        return Message(
            "HOST is {host}, which is not an address of this machine. Use 127.0.0.1, or 0.0.0.0 for all.",
            host=repr(host),
        )
    return Message(
        "Port {port} on {host} is taken by another program. Choose another: PORT={next} make run",
        port=port,
        host=host,
        next=port + 1,
    )


def allowed_hosts(host: str) -> str:
    """ALLOWED_HOSTS for the children: as given, else every name and address under which ``host`` can be reached."""
    given = os.environ.get("ALLOWED_HOSTS")
    if given is not None:
        return given
    names = [*LOOPBACK]
    if host in EVERYWHERE:
        names += [socket.gethostname(), socket.getfqdn(), *_own_addresses()]
    elif host not in names:
        names.append(f"[{host}]" if ":" in host else host)
    return ",".join(dict.fromkeys(names))


def how_others_reach(host: str, port: int) -> Message:
    """How the rest of the network reaches a server that listens at ``host``:``port``."""
    if is_loopback(host):
        return Message("Only this machine reaches it; for the whole network: HOST=0.0.0.0 make run.")
    names = [name for name in _own_addresses() if not is_loopback(name)] if host in EVERYWHERE else [host]
    if not names:
        return Message("")
    addresses = joined_by(" or ", [f"{name}:{port}" for name in names])
    return Message("Others on the network reach it at {addresses}.", addresses=addresses)


def _own_addresses() -> list[str]:
    found = [entry for entries in psutil.net_if_addrs().values() for entry in entries]
    return [entry.address for entry in found if entry.family == socket.AF_INET]


def answers(host: str, port: int) -> bool:
    """Whether a web server at the address answers a request."""
    connection = http.client.HTTPConnection("127.0.0.1" if host in EVERYWHERE else host, port, timeout=5)
    try:
        connection.request("GET", "/healthz/")
        with connection.getresponse() as response:
            return response.status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()

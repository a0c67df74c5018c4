"""Addresses for the servers that the tests start: loopback only, and never a fixed port."""

from __future__ import annotations

import random
import socket

HOST = "127.0.0.1"
"""Where they listen: an address, so that no resolver can answer `::1`."""

PORTS = range(15_000, 32_768)
"""Where ports are taken from: below those that Linux gives to outgoing connections (32768-60999). A client that
keeps connecting to a dead server's port inside that range is in the end given that very port as its own, connects
to itself, and the server cannot come back."""


class NoPortError(RuntimeError):
    """So many free ports were not found."""


def free_ports(count: int) -> list[int]:
    """Different loopback ports that nothing listens on.

    Raises:
        NoPortError: So many could not be found.
    """
    ports: list[int] = []
    for port in random.SystemRandom().sample(PORTS, 200):
        with socket.socket() as trial:
            try:
                trial.bind((HOST, port))
            except OSError:
                continue
        ports.append(port)
        if len(ports) == count:
            return ports
    raise NoPortError(f"No {count} free loopback ports were found between {PORTS.start} and {PORTS.stop - 1}.")

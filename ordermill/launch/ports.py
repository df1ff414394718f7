"""Loopback ports: whether one is free, and finding free ones. The rule: a clash is told before anything starts."""

import contextlib
import socket

from ordermill.refusals import CannotStart


class PortInUse(CannotStart):
    """Somebody listens there already; `variable` is the setting to change."""

    exit_code = 1

    def __init__(self, host: str, port: int, purpose: str, variable: str) -> None:
        super().__init__(
            f"port {port} on {host} ({purpose}) is in use by another program: stop it, or set {variable} to a free port"
        )
        self.port = port
        self.variable = variable


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now (a connection in TIME_WAIT does not count)."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_ports(count: int, host: str = "127.0.0.1") -> list[int]:
    """`count` different ports that were free a moment ago. Nothing keeps them: take them at once."""
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind((host, 0))
        return [int(probe.getsockname()[1]) for probe in probes]

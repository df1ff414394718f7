"""On localstripe's PYTHONPATH only: it listens on every address and has no option against it; this keeps it at home."""

import socket
from typing import Any

_bind = socket.socket.bind


def _at_home(self: socket.socket, address: Any) -> None:
    if isinstance(address, tuple) and address[0] == "::":
        address = ("::ffff:127.0.0.1", *address[1:])
    _bind(self, address)


socket.socket.bind = _at_home  # type: ignore[method-assign, assignment]

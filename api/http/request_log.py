"""One line per request, and one observation: who asked for what, how it ended, how long it took.

`method route status duration_ms key_id request_id order_id`, where traces are on `trace_id`, and nothing else: no body, no
header, no query (a search holds e-mail addresses), no path (it may hold what somebody mistyped). An answer of 5xx is a warning,
so that it is there at that level too; why it failed is in the lines before it, under the same request id.
"""

import logging
from collections.abc import Callable
from typing import Final

import structlog

from api.http.request_id import Ended
from ordermill.process import logs
from ordermill.process.meters import Meter

LOGGER: Final = "api.request"
log = structlog.stdlib.get_logger(LOGGER)


def told_to(meter: Meter) -> Callable[[Ended], None]:
    """What RequestId tells each request."""

    def ended(request: Ended) -> None:
        meter.request(request.method, request.route, request.status, request.seconds)
        about = {"key_id": request.key_id, "order_id": request.order_id, "trace_id": request.trace_id}
        fields: dict[str, str | int | float] = {
            "logger": LOGGER,
            "method": request.method,
            "route": request.route,
            "status": request.status,
            "duration_ms": round(request.seconds * 1000, 1),
            "request_id": logs.masked_text(request.request_id),
            **{name: value for name, value in about.items() if value is not None},
        }
        logs.write(log, logging.WARNING if request.status >= 500 else logging.INFO, "request", fields)

    return ended

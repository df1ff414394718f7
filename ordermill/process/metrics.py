"""`/metrics` of a process: ours and the Temporal SDK's on one page, off unless ORDERMILL_METRICS_PORT is set.

The API is on that port, workers and further processes on the ports after it, each on the first that is free, so that several
on one machine need no configuration; alone in a container each has always the same one. The page is served by a thread of its
own: a loop that hangs can still be looked at.

The SDK's core serves its metrics itself and cannot hand them over, so it does so on a loopback port that only this process
reads. The rule: one per process; it is opened before the first client, whose `runtime` it has.
"""

import socket
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Final, Literal, Self
from urllib.request import ProxyHandler, build_opener

import structlog
from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig

from ordermill.launch.ports import PortInUse, free_ports
from ordermill.process.meters import Meter
from ordermill.settings import Settings

log = structlog.stdlib.get_logger(__name__)
PORTS: Final = 64
"""How many ports are tried."""
CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_DIRECT: Final = build_opener(ProxyHandler({}))
"""Never by a proxy of the environment."""


class Metrics:
    """What a process counts with (`meter`), and what its client runs on (`runtime`; None: the SDK's default)."""

    def __init__(self, settings: Settings, process: Literal["api", "worker"]) -> None:
        """Nothing listens yet."""
        self._settings = settings
        self._first = None if settings.metrics_port is None else settings.metrics_port + (process != "api")
        self._page: _Page | None = None
        self.meter = Meter()
        self.runtime: Runtime | None = None
        if settings.metrics_port is not None:
            from ordermill.process.prometheus import PrometheusMeter

            self.meter = PrometheusMeter()

    @property
    def port(self) -> int | None:
        """Where the page is; None: nowhere."""
        return None if self._page is None else int(self._page.server_address[1])

    def open(self) -> Self:
        """Make the runtime and the page. PortInUse when none of the ports is free."""
        if self._first is None:
            return self
        self.runtime, sdk = _runtime()
        host, meter = self._settings.api_host, self.meter
        self._page = _listening(host, self._first, lambda: meter.text() + _told_by(sdk))
        Thread(target=self._page.serve_forever, name="metrics", daemon=True).start()
        log.info("metrics", url=f"http://{host}:{self.port}/metrics")
        return self

    def close(self) -> None:
        """Let the port go."""
        if self._page is not None:
            self._page.shutdown()
            self._page.server_close()
            self._page = None


def _runtime() -> tuple[Runtime, str]:
    """The SDK's, and where it tells its metrics. Its port was free a moment ago; who else took it has it, so try again.

    No global tags: the SDK says its own labels (`task_queue`) a second time where a tag has their name, and Prometheus refuses
    a page with a label that stands twice, all of it."""
    for last in (False, False, True):
        (port,) = free_ports(1)
        endpoint = PrometheusConfig(bind_address=f"127.0.0.1:{port}", durations_as_seconds=True, unit_suffix=True)
        try:
            made = Runtime(telemetry=TelemetryConfig(metrics=endpoint))
        except (RuntimeError, ValueError):
            if last:
                raise
        else:
            return made, f"http://127.0.0.1:{port}/metrics"
    raise AssertionError("the last try answers or raises")


class _Page(ThreadingHTTPServer):
    """One page, for whoever reaches the port."""

    daemon_threads = True

    def __init__(self, host: str, port: int, text: Callable[[], bytes]) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.text = text
        super().__init__((host, port), _Answer)


class _Answer(BaseHTTPRequestHandler):
    server: _Page

    def do_GET(self) -> None:
        if self.path.partition("?")[0] != "/metrics":
            self.send_error(404)
            return
        body = self.server.text()
        self.send_response(200)
        self.send_header("Content-Type", CONTENT_TYPE)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """A scrape every few seconds is not worth a line."""


def _told_by(url: str) -> bytes:
    """The SDK's own page; nothing while it does not answer."""
    with suppress(OSError), _DIRECT.open(url, timeout=2) as answer:
        return bytes(answer.read())
    return b""


def _listening(host: str, first: int, text: Callable[[], bytes]) -> _Page:
    for port in range(first, min(first + PORTS, 65_536)):
        with suppress(OSError):
            return _Page(host, port, text)
    raise PortInUse(host, first, f"metrics, and the {PORTS - 1} after it", "ORDERMILL_METRICS_PORT")

"""A running simulator (uvicorn in a thread, loopback, free port) and a webhook receiver, as tests hold them."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import stripe
import uvicorn

from stripe_simulator.app import build
from stripe_simulator.connection import CuttableProtocol
from tests.stripe.schema import faults_of

KEY = "sk_test_simulated0000001234"


class Simulator:
    """Where it is, and its controls."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = httpx.Client(base_url=url, trust_env=False, timeout=10)
        self.opened: list[stripe.HTTPXClient] = []

    def control(self, method: str, path: str, /, **body: Any) -> dict[str, Any]:
        answer = self.http.request(method, f"/_simulator/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def get(self, path: str, **params: Any) -> dict[str, Any]:
        """A plain GET of the API, as the checker makes it."""
        answer = self.http.get(f"/v1/{path}", params=params, headers={"Authorization": f"Bearer {KEY}"})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def fault(self, name: str, /, **rule: Any) -> None:
        self.control("POST", "faults", fault=name, **rule)

    def ledger(self, ref: str) -> dict[str, Any]:
        return next(e for e in self.control("GET", "ledger")["entries"] if e["payment_intent"] == ref)

    def events(self) -> list[str]:
        """Event types, oldest first."""
        return [e["type"] for e in reversed(self.get("events", limit=100)["data"])]

    def all_sent(self, seconds: float = 10) -> bool:
        """Waits until no webhook waits any more."""
        deadline = time.monotonic() + seconds
        while self.control("GET", "webhooks")["waiting"] and time.monotonic() < deadline:
            time.sleep(0.01)
        return not self.control("GET", "webhooks")["waiting"]

    def client(self, key: str = KEY, timeout: float = 5) -> stripe.StripeClient:
        """The real library; the `client` fixture closes what was opened."""
        http = stripe.HTTPXClient(timeout=timeout)
        self.opened.append(http)
        return stripe.StripeClient(key, base_addresses={"api": self.url}, http_client=http, max_network_retries=0)

    def schema_faults(self) -> list[str]:
        """Every object of every kind, and every event's picture of it, against Stripe's schema."""
        self.control("DELETE", "faults")
        found: list[str] = []
        for kind in ("payment_intents", "charges", "refunds", "disputes", "events"):
            for body in self.get(kind, limit=100)["data"]:
                found += faults_of(body)
                if kind == "events":
                    found += faults_of(body["data"]["object"])
                if kind == "charges":
                    found += faults_of(self.get(f"payment_methods/{body['payment_method']}"))
        return found


@contextmanager
def running_simulator() -> Iterator[Simulator]:
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(build(), http=CuttableProtocol, ws="none", log_level="warning", access_log=False)
    )
    thread = threading.Thread(target=server.run, args=[[listening]], daemon=True)
    thread.start()
    deadline = time.monotonic() + 30
    while not server.started and thread.is_alive() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert server.started, "the simulator does not start" if thread.is_alive() else "the simulator ended at once"
    simulator = Simulator(f"http://127.0.0.1:{listening.getsockname()[1]}")
    try:
        yield simulator
    finally:
        simulator.http.close()
        server.should_exit = True
        thread.join(10)


class Receiver:
    """A webhook endpoint that keeps what it gets; `refuse` answers that many times with a 500 first."""

    def __init__(self) -> None:
        self.got: list[tuple[bytes, str]] = []
        self.refuse = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                refused = outer.refuse > 0
                outer.refuse -= refused
                if not refused:
                    outer.got.append((body, self.headers["Stripe-Signature"]))
                self.send_response(500 if refused else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """Says nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/webhooks/stripe"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def wait_for(self, count: int, seconds: float = 10) -> list[tuple[bytes, str]]:
        deadline = time.monotonic() + seconds
        while len(self.got) < count and time.monotonic() < deadline:
            time.sleep(0.01)
        return list(self.got)

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(5)

"""One real engine with everything an operator sees switched on: metrics, traces to a collector of ours, encrypted payloads.

It has led some orders: paid, declined, refunded, refused; and answered requests that fail.
"""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest

from ordermill.launch.ports import free_ports
from tests.faults.engine import Engine, running
from tests.watched.collector import Collector, collecting

ITEMS = [{"variantId": "var_xyz789", "quantity": 1}]
KEYS = ",".join(f"{name}:{base64.b64encode(name.encode() * 16).decode()}" for name in ("k2", "k1"))
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
"""Of the caller of the paid order, who has a trace of its own."""
NAME = "Zebulon Quagga"


@dataclass
class Watched:
    engine: Engine
    collector: Collector
    answers: dict[str, httpx2.Response] = field(default_factory=dict)

    @property
    def order_id(self) -> str:
        """Of the paid order, without the face's prefix."""
        return str(self.answers["paid"].json()["id"]).removeprefix("order_")

    def metrics(self, process: str) -> int:
        """The port of its page, as its log says: the first that was free."""
        (url,) = [line["url"] for line in self.lines(process) if line["event"] == "metrics"]
        return int(url.removesuffix("/metrics").rpartition(":")[2])

    def lines(self, process: str) -> list[dict[str, Any]]:
        """The process's log, line by line."""
        text = (self.engine.folder / f"{process}.log").read_text()
        return [json.loads(line) for line in text.splitlines() if line.startswith("{")]

    def requests(self) -> list[dict[str, Any]]:
        return [line for line in self.lines("api") if line["event"] == "request"]


def lead(watched: Watched) -> None:
    """Some orders, and some requests that fail."""
    engine, said = watched.engine, watched.answers
    address = {"line1": "1 Oak", "city": "X", "state": "OR", "country": "US", "firstName": NAME}
    order = {"items": ITEMS, "email": "jane@example.com", "shippingAddress": address}
    with engine.client() as http:
        trace = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}
        paid = {**order, "payment": {"paymentMethod": "pm_card_visa"}}
        said["paid"] = http.post("/order", json=paid, headers=trace | {"Idempotency-Key": "paid"})
        said["repeated"] = http.post("/order", json=paid, headers={"Idempotency-Key": "paid"})
        path = f"/order/{said['paid'].json()['id']}"
        said["sent"] = http.post(f"{path}/fulfill", json={"trackingNumber": "1Z"})
        said["refunded"] = http.post(f"{path}/refund", json={"amount": 100})
        said["draft"] = http.post("/order", json=order)
        declined = {"paymentMethod": "pm_card_chargeDeclined"}
        said["declined"] = http.post(f"/order/{said['draft'].json()['id']}/pay", json=declined)
        said["refused"] = http.post(f"{path}/confirm", json={})
        said["listed"] = http.get("/order?email=jane@example.com")
        said["not found"] = http.get("/order/order_nobody")
        said["no route"] = http.get("/order/a/b/c/d?token=abc")
        said["malformed"] = http.post("/order", content=b"{")
        said["no key"] = http.get("/order", headers={"Authorization": ""})
        said["own id"] = http.get("/order/nobody", headers={"X-Request-Id": "trouble-4711"})


@pytest.fixture(scope="session")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    folder: Path = tmp_path_factory.mktemp("watched")
    (port,) = free_ports(1)
    with collecting() as collector:
        settings = {
            "ORDERMILL_METRICS_PORT": str(port),
            "ORDERMILL_PAYLOAD_KEYS": KEYS,
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
            "OTEL_BSP_SCHEDULE_DELAY": "200",
        }
        with running(folder, settings=settings) as engine:
            made = Watched(engine, collector)
            lead(made)
            yield made

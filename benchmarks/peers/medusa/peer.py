"""Medusa: one server, a cart through its store API to a placed order, its payment captured through the admin API."""

import contextlib
import functools
import itertools
import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import aiohttp

from benchmarks.peers import install
from benchmarks.peers.postgres import database
from benchmarks.peers.processes import done, started, until_up
from benchmarks.peers.system import ADDRESS, PRODUCTS, Case, System, asked, guest, insist
from ordermill.launch.ports import free_ports

NAME: Final = "Medusa"
SEED_SECONDS: Final = 600
CLI: Final = ["node", "node_modules/@medusajs/cli/cli.js"]
COMPRISES: Final = (
    "six requests: cart with line, e-mail and addresses, shipping method, payment collection, payment session of the manual "
    "provider, complete, capture (admin API): taxed cart and order, stock reserved, payment captured; events, locks and "
    "workflows in the process, everything else in PostgreSQL; 64 products in turn"
)


async def order(http: aiohttp.ClientSession, seed: dict[str, Any], turn: Iterator[int]) -> None:
    """One guest's order."""
    to = {
        "first_name": ADDRESS["firstName"], "last_name": ADDRESS["lastName"], "address_1": ADDRESS["line1"],
        "city": ADDRESS["city"], "province": ADDRESS["state"], "postal_code": ADDRESS["postalCode"], "country_code": "us",
    }  # fmt: skip
    items = [{"variant_id": seed["variants"][next(turn) % PRODUCTS], "quantity": 2}]
    given = {"region_id": seed["region"], "email": guest(), "items": items}
    cart = (await asked(http, "/store/carts", {**given, "shipping_address": to, "billing_address": to}))["cart"]["id"]
    await asked(http, f"/store/carts/{cart}/shipping-methods", {"option_id": seed["option"]})
    collection = (await asked(http, "/store/payment-collections", {"cart_id": cart}))["payment_collection"]["id"]
    sessions = f"/store/payment-collections/{collection}/payment-sessions"
    await asked(http, sessions, {"provider_id": "pp_system_default"})
    placed = await asked(http, f"/store/carts/{cart}/complete?fields=*payment_collections.payments", {})
    insist(placed["type"] == "order", placed)
    payment = placed["order"]["payment_collections"][0]["payments"][0]
    admin = {"Authorization": aiohttp.encode_basic_auth(seed["secret"], "")}
    captured: Any = (await asked(http, f"/admin/payments/{payment['id']}/capture", {}, admin))["payment"]
    insist(captured["captured_at"] is not None and captured["amount"] == placed["order"]["total"], captured)


@contextlib.contextmanager
def running(folder: Path) -> Iterator[System]:
    """Server and PostgreSQL, migrated and seeded."""
    home = install.npm("medusa")
    (port,) = free_ports(1)
    found, log = folder / "medusa.json", folder / "medusa.log"
    with database() as base:
        environment = base.environment() | {
            "NODE_ENV": "production", "MEDUSA_DISABLE_TELEMETRY": "true", "DATABASE_URL": base.url("postgres"),
            "PEER_SECRET": secrets.token_hex(16), "PEER_SEED": str(found),
            "PEER_PRODUCTS": str(PRODUCTS), "LOG_LEVEL": "warn", "NODE_NO_WARNINGS": "1",
        }  # fmt: skip
        for command in (["db:migrate", "--execute-safe-links"], ["exec", "./seed.js"]):
            done([*CLI, *command], folder / "medusa-seed.log", environment, home, SEED_SECONDS)
        seed = json.loads(found.read_text())
        start = [*CLI, "start", "--host", "127.0.0.1", "--port", str(port)]
        with started(start, log, environment, home) as server:
            until_up(f"http://127.0.0.1:{port}/health", server, log)
            yield System(
                NAME, f"http://127.0.0.1:{port}", {"x-publishable-api-key": seed["publishable"]},
                {"server": server.pid, "PostgreSQL": base.pid},
                (Case(NAME, COMPRISES, 16, functools.partial(order, seed=seed, turn=itertools.count())),),
                {},
            )  # fmt: skip

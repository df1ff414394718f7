"""Vendure: server and worker, an order through its shop API to PaymentSettled with its dummy payment handler."""

import contextlib
import functools
import itertools
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import aiohttp

from benchmarks.peers import install
from benchmarks.peers.postgres import database
from benchmarks.peers.processes import done, started, until_up
from benchmarks.peers.system import ADDRESS, PRODUCTS, Case, System, guest, insist
from ordermill.launch.ports import free_ports

NAME: Final = "Vendure"
SEED_SECONDS: Final = 300
SEED: Final = {"PEER_SEED": "yes", "PEER_PRODUCTS": str(PRODUCTS)}
ANSWER: Final = "{ __typename ... on Order { state totalWithTax } ... on ErrorResult { message } }"
CUSTOMER: Final = "mutation($input: CreateCustomerInput!) { done: setCustomerForOrder(input: $input) " + ANSWER + " }"
SHIP_TO: Final = "mutation($input: CreateAddressInput!) { done: setOrderShippingAddress(input: $input) " + ANSWER + " }"
ADD: Final = "mutation($input: ID!) { done: addItemToOrder(productVariantId: $input, quantity: 2) " + ANSWER + " }"
SHIP_BY: Final = "mutation { done: setOrderShippingMethod(shippingMethodId: [1]) " + ANSWER + " }"
ARRANGE: Final = 'mutation { done: transitionOrderToState(state: "ArrangingPayment") ' + ANSWER + " }"
PAY: Final = 'mutation { done: addPaymentToOrder(input: {method: "dummy-payment", metadata: {}}) ' + ANSWER + " }"
COMPRISES: Final = (
    "six mutations of the shop API by a new guest: addItemToOrder, setCustomerForOrder, setOrderShippingAddress, "
    "setOrderShippingMethod, transitionOrderToState, addPaymentToOrder to PaymentSettled: session, customer, taxed order, stock "
    "allocated, history, the dummy handler's payment; job queue and search index in PostgreSQL"
)


async def order(http: aiohttp.ClientSession, turn: Iterator[int]) -> None:
    """One guest's order."""
    to = {
        "fullName": f"{ADDRESS['firstName']} {ADDRESS['lastName']}", "streetLine1": ADDRESS["line1"], "city": ADDRESS["city"],
        "province": ADDRESS["state"], "postalCode": ADDRESS["postalCode"], "countryCode": ADDRESS["country"],
    }  # fmt: skip
    who = {"firstName": "Jane", "lastName": "Doe", "emailAddress": guest()}
    token = None
    paid: Any = None
    for query, given in (
        (ADD, str(next(turn) % PRODUCTS + 1)),
        (CUSTOMER, who),
        (SHIP_TO, to),
        (SHIP_BY, None),
        (ARRANGE, None),
        (PAY, None),
    ):
        paid, token = await _mutated(http, query, given, token)
    insist(paid["state"] == "PaymentSettled", paid)


async def _mutated(http: aiohttp.ClientSession, query: str, given: Any, token: str | None) -> tuple[Any, str | None]:
    """The order, and the session's token. RuntimeError when Vendure refuses: it does that with 200."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    body = {"query": query, "variables": {"input": given} if given else {}}
    async with http.post("/shop-api", json=body, headers=headers) as answer:
        found = await answer.json()
        if "errors" in found or found["data"]["done"]["__typename"] != "Order":
            raise RuntimeError(f"{query[:60]}: {str(found)[:300]}")
        return found["data"]["done"], answer.headers.get("vendure-auth-token", token)


@contextlib.contextmanager
def running(folder: Path) -> Iterator[System]:
    """Server, worker and PostgreSQL, seeded."""
    home = install.npm("vendure")
    port, other = free_ports(2)
    logs = folder / "vendure-server.log", folder / "vendure-worker.log"
    with database() as base, contextlib.ExitStack() as stack:
        environment = base.environment() | {
            "NODE_ENV": "production", "VENDURE_DISABLE_TELEMETRY": "true", "PEER_SECRET": secrets.token_hex(16),
            "PEER_PORT": str(port), "NODE_NO_WARNINGS": "1",
        }  # fmt: skip
        done(["node", "seed.js"], folder / "vendure-seed.log", environment | SEED, home, SEED_SECONDS)
        server = stack.enter_context(started(["node", "server.js"], logs[0], environment, home))
        until_up(f"http://127.0.0.1:{port}/health", server, logs[0])
        work = environment | {"PEER_PORT": str(other)}
        worker = stack.enter_context(started(["node", "worker.js"], logs[1], work, home))
        yield System(
            NAME, f"http://127.0.0.1:{port}", {},
            {"server": server.pid, "worker": worker.pid, "PostgreSQL": base.pid},
            (Case(NAME, COMPRISES, 48, functools.partial(order, turn=itertools.count())),),
            {},
        )  # fmt: skip

"""`ordermill demo`: one order through its whole life, the 30-day return window included, told as it happens.

Against the engine of `make up` when it runs, else against a temporary one. The window is elapsed by the Temporal
dev server's time skipping, for this one workflow: nothing here is faked, and the web UI shows every step.
"""

import asyncio
from datetime import timedelta
from typing import Any

import httpx2
import typer

from ordermill.commands.stages import Running, engine
from ordermill.process import beginning
from ordermill.settings import Settings

ORDER = {
    "email": "jane@example.com",
    "items": [{"variantId": "var_xyz789", "quantity": 2}],
    "shippingAddress": {
        "firstName": "Jane",
        "lastName": "Doe",
        "line1": "456 Oak Ave",
        "city": "Portland",
        "state": "OR",
        "postalCode": "97201",
        "country": "US",
    },
    "shippingMethodId": "ship_standard",
    "discountCodes": ["WELCOME25"],
}


def demo() -> None:
    """Drive one order from placed to closed and print what happened."""
    asyncio.run(_demo(beginning.settings()))


async def _demo(settings: Settings) -> None:
    async with engine(settings) as running:
        headers = {"Authorization": f"Bearer {running.key}"}
        async with httpx2.AsyncClient(base_url=running.api, headers=headers, timeout=30, trust_env=False) as http:
            await _drive(http, running)


async def _drive(http: httpx2.AsyncClient, engine: Running) -> None:
    order = await _call(http, "POST", "/order", ORDER)
    path = f"/order/{order['id']}"
    _say(
        f"placed    {order['displayId']}, {_money(order)}: {engine.ui}/namespaces/default/workflows/{_workflow(order)}"
    )
    await _call(http, "POST", f"{path}/confirm")
    _say("confirmed stock is reserved; the payment window runs")
    await _call(http, "POST", f"{path}/pay", {"paymentMethod": "pm_card_visa"})
    _say("paid      captured on a test card")
    tracking = {"trackingNumber": "1Z999AA10123456784", "trackingCompany": "UPS", "notifyCustomer": True}
    await _call(http, "POST", f"{path}/fulfill", tracking)
    _say("shipped   everything, with tracking and a mail")
    await _call(http, "POST", f"{path}/deliver")
    _say("delivered the return window runs for 30 days")
    await _skip(engine, order, timedelta(days=30, minutes=1))
    closed = await _closed(http, path)
    _say(f"closed    by itself at {closed['closedAt']}, 30 days of the order's own clock later")
    events = await _call(http, "GET", f"{path}/events")
    for event in events["models"]:
        _say(f"  {event['sequence']:>2}  {event['createdAt']}  {event['type']:<22} {event['actor']}")


async def _call(http: httpx2.AsyncClient, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    answer = await http.request(method, path, json=body or {}) if method != "GET" else await http.get(path)
    if answer.status_code >= 400:
        typer.echo(f"{method} {path}: {answer.status_code} {answer.text}", err=True)
        raise typer.Exit(1)
    found: dict[str, Any] = answer.json()
    return found


async def _skip(engine: Running, order: dict[str, Any], by: timedelta) -> None:
    """Let this one workflow's clock run ahead; the others keep theirs."""
    from temporalio.testing import TimeSkipper

    from ordermill.process.connect import connect

    address, _, namespace = engine.temporal.partition("/")
    client = await connect(Settings(temporal_address=address, temporal_namespace=namespace), lazy=False)
    await TimeSkipper(client).fast_forward(client.get_workflow_handle(_workflow(order)), by)


async def _closed(http: httpx2.AsyncClient, path: str) -> dict[str, Any]:
    for _ in range(100):
        order = await _call(http, "GET", path)
        if order["closedAt"]:
            return order
        await asyncio.sleep(0.1)
    typer.echo("the order did not close", err=True)
    raise typer.Exit(1)


def _workflow(order: dict[str, Any]) -> str:
    return f"order-{str(order['id']).removeprefix('order_')}"


def _money(order: dict[str, Any]) -> str:
    from domain.money import format_decimal

    return f"{format_decimal(order['total'], order['currency'])} {order['currency']}"


def _say(line: str) -> None:
    typer.echo(line)

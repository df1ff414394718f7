"""`ordermill trigger EVENT`: a real order, brought through the running engine's API to where that event happens."""

import asyncio
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Annotated, Any, Protocol

import typer

from ordermill.commands.reaching import reached
from ordermill.commands.recipes import ORDER, RECIPES, Step, filled


class Call(Protocol):
    """(method, path, body, expect) -> the answer's JSON."""

    async def __call__(self, method: str, path: str, body: dict[str, Any] | None = None, expect: int = 0) -> Any: ...


def trigger(
    event: Annotated[str | None, typer.Argument(help="An event an endpoint may subscribe to; none lists them.")] = None,
) -> None:
    """Make an event happen: a real order in test mode, brought to where it does. Webhooks, mails and stock follow as ever."""
    if event not in RECIPES:
        near = "" if event is None else "".join(f"; did you mean {n}?" for n in get_close_matches(event, RECIPES, 1))
        if event is not None:
            typer.echo(f"there is no event {event}{near}", err=True)
        typer.echo("events:\n" + "\n".join(f"  {name}" for name in sorted(RECIPES)), err=event is not None)
        raise typer.Exit(0 if event is None else 2)
    asyncio.run(_trigger(event))


async def _trigger(event: str) -> None:
    async with reached("test") as (url, call):
        order = await bring(call, RECIPES[event])
        path = f"/order/{order['id']}"
        now, timeline = await call("GET", path), await call("GET", f"{path}/events")
    typer.echo(f"{event}: {now['displayId']} is {now['lifecycle']} now  {url}{path}")
    for each in timeline["models"]:
        typer.echo(f"  {each['sequence']:>2}  {each['createdAt']}  {each['type']}")


async def bring(call: Call, steps: Sequence[Step]) -> dict[str, Any]:
    """Place an order and go through the steps; the order as it was placed."""
    order: dict[str, Any] = await call("POST", "/order", ORDER)
    known = {"order": order["id"], "item": order["items"][0]["id"]}
    for step in steps:
        method, path = filled(step.route, known).split(" ")
        answer = await call(method, path, filled(step.body, known), step.expect)
        if step.keep is not None:
            known |= _ids({f"{step.keep}Id": answer["id"], **answer})
    return order


def _ids(answer: dict[str, Any]) -> dict[str, str]:
    found = {
        key.removesuffix("Id"): ident for key, ident in answer.items() if key.endswith("Id") and isinstance(ident, str)
    }
    return found | {f"{name}_ulid": ident.rpartition("_")[2] for name, ident in found.items()}

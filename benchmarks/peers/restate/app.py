"""The order as a Restate virtual object: a handler per verb, steps journalled, the payment window a delayed call to itself."""

import asyncio
import os
from datetime import timedelta
from typing import Any, Final

import restate
import uvloop
from hypercorn.asyncio import serve
from hypercorn.config import Config
from restate.exceptions import TerminalError

from benchmarks.peers import shop

WINDOW: Final = timedelta(hours=24)
order = restate.VirtualObject("order")
pools: dict[str, Any] = {}


@order.handler()
async def place(ctx: restate.ObjectContext, body: dict[str, Any]) -> dict[str, Any]:
    """A draft."""
    placed = await ctx.run_typed("save", shop.place, pool=pools["shop"], order_id=ctx.key(), body=body)
    ctx.set("status", "draft")
    ctx.set("total", placed["total"])
    return placed


@order.handler()
async def confirm(ctx: restate.ObjectContext, _body: dict[str, Any]) -> dict[str, Any]:
    """Stock reserved, the payment window open."""
    await _in(ctx, "draft")
    confirmed = await ctx.run_typed("reserve and save", shop.confirm, pool=pools["shop"], order_id=ctx.key())
    ctx.object_send(expire, ctx.key(), {}, send_delay=WINDOW)
    ctx.set("status", "confirmed")
    return confirmed


@order.handler()
async def pay(ctx: restate.ObjectContext, body: dict[str, Any]) -> dict[str, Any]:
    """Charged, and written down."""
    await _in(ctx, "confirmed")
    return await _paid(ctx, await ctx.get("total", type_hint=int), body["paymentMethod"])


@order.handler()
async def checkout(ctx: restate.ObjectContext, body: dict[str, Any]) -> dict[str, Any]:
    """All of it in one call."""
    placed = await ctx.run_typed("save", shop.place, pool=pools["shop"], order_id=ctx.key(), body=body)
    await ctx.run_typed("reserve and save", shop.confirm, pool=pools["shop"], order_id=ctx.key())
    return await _paid(ctx, placed["total"], body["payment"]["paymentMethod"])


@order.handler()
async def expire(ctx: restate.ObjectContext, _body: dict[str, Any]) -> None:
    """The payment window has passed."""
    if await ctx.get("status", type_hint=str) == "confirmed":
        await ctx.run_typed("cancel", shop.cancel_unpaid, pool=pools["shop"], order_id=ctx.key())
        ctx.set("status", "cancelled")


async def _paid(ctx: restate.ObjectContext, amount: int | None, method: str) -> dict[str, Any]:
    payment = await ctx.run_typed("charge", shop.charge, order_id=ctx.key(), amount=amount or 0, method=method)
    paid = await ctx.run_typed("save payment", shop.paid, pool=pools["shop"], order_id=ctx.key(), payment=payment)
    ctx.set("status", "paid")
    return paid


async def _in(ctx: restate.ObjectContext, status: str) -> None:
    now = await ctx.get("status", type_hint=str)
    if now != status:
        raise TerminalError(f"status: the order is {now}, not {status}", status_code=409)


async def main() -> None:
    """Serve on PEER_PORT until the process is ended. Restate speaks HTTP/2 to it."""
    pools["shop"] = await shop.opened()
    config = Config()
    config.bind = [f"127.0.0.1:{os.environ['PEER_PORT']}"]
    config.loglevel = "WARNING"
    # Restate's library takes SIGTERM from Hypercorn and then goes on; SIGINT is left to uvloop.run, which ends this.
    await serve(restate.app([order]), config, mode="asgi", shutdown_trigger=asyncio.Event().wait)


if __name__ == "__main__":
    uvloop.run(main())

"""`ordermill customers export|erase ID`: all that is stored about one customer, shown or taken out (contract section 16).

ID is the customer's id, or, for guests, their e-mail address. Erasing is refused while an order of theirs is open, and can be
repeated: what is erased already stays as it is.
"""

import asyncio
import json
import os
import sqlite3
import sys
from collections import Counter
from contextlib import closing
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from ordermill.process import beginning
from ordermill.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

app = typer.Typer(help="What is stored about a customer.", no_args_is_help=True)
Mode = Annotated[Literal["test", "live"], typer.Option(help="Which of the two worlds.")]
Id = Annotated[str, typer.Argument(help="The customer's id, or the e-mail address of a guest.")]
TRIES: Final = 5


@app.command()
def export(customer: Id, mode: Mode = "test") -> None:
    """Print everything as JSON: orders with their events, mails, store credit, keys."""
    from store.customers.exporting import export as read

    async def run() -> str:
        async with _opened(beginning.database(beginning.settings())) as engine:
            return json.dumps(await read(engine, customer, mode == "live"), indent=2, ensure_ascii=False)

    typer.echo(asyncio.run(run()))


@app.command()
def erase(
    customer: Id, mode: Mode = "test", *, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False
) -> None:
    """Take name, address, e-mail, phone and notes out of everything stored; figures stay. There is no way back."""
    settings = beginning.database(beginning.settings())
    numbers = asyncio.run(_refused_or_numbers(settings, customer, livemode=mode == "live"))
    if not yes:
        told = f"{len(numbers)} orders ({', '.join(f'#{n}' for n in numbers[:10])}{', …' if len(numbers) > 10 else ''})"
        typer.confirm(f"Erase who {customer} is in {mode} mode, with {told}? There is no way back.", abort=True)
    asyncio.run(_erase(settings, customer, livemode=mode == "live"))
    # At once: threads of Temporal's client may still call into an interpreter that is taking itself apart, which aborts it.
    sys.stdout.flush()
    os._exit(0)


class _opened:  # noqa: N801 - used as a function
    """The order database for the length of a block."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def __aenter__(self) -> "AsyncEngine":
        from store.database.engine import create_engine

        self._engine = create_engine(self._settings.database)
        return self._engine

    async def __aexit__(self, *_: object) -> None:
        await self._engine.dispose()


async def _refused_or_numbers(settings: Settings, customer: str, *, livemode: bool) -> list[int]:
    from store.customers.found import orders_of

    async with _opened(settings) as engine:
        found = await orders_of(engine, customer, livemode)
    still = [order.number for order in found if order.is_open]
    if still:
        numbers = ", ".join(f"#{number}" for number in still[:20])
        typer.echo(f"nothing was erased: {len(still)} orders of {customer} are not over yet: {numbers}", err=True)
        raise typer.Exit(1)
    return [order.number for order in found]


async def _erase(settings: Settings, customer: str, *, livemode: bool) -> None:
    from api.faces import AXES
    from store.customers.erasing import StillOpen, erase_customer
    from store.customers.found import orders_of
    from store.lists import facets

    facets.register(AXES)  # rows are written, with their place in every face's lists
    changed: Counter[str] = Counter()
    async with _opened(settings) as engine:
        found = await orders_of(engine, customer, livemode)
        changed.update((await erase_customer(engine, customer, livemode)).rows)
        try:
            for order in found:
                changed.update(await _one(engine, order.id))
        except StillOpen as error:
            typer.echo(f"stopped: order #{error} was opened again meanwhile; erase once more when it is over", err=True)
            raise typer.Exit(1) from None
        changed["mail files"] = _mail_files(settings.data_dir / "outbox", {order.id for order in found})
        told = ", ".join(f"{count} {name}" for name, count in sorted(changed.items()) if count)
        typer.echo(f"erased {customer}: {told or 'nothing was stored'}")
        typer.echo(await _overwritten(engine))
    await _temporal(settings, [order.id for order in found])
    typer.echo("Backups made before now hold it still, and so does your mail server's log.")


async def _one(engine: "AsyncEngine", order_id: str) -> dict[str, int]:
    from store.customers.erasing import erase_order
    from store.database.engine import StoreUnavailable

    for n in range(TRIES):
        try:
            return dict((await erase_order(engine, order_id)).rows)
        except StoreUnavailable:
            if n == TRIES - 1:
                raise
            await asyncio.sleep(0.5)
    raise AssertionError


def _mail_files(folder: Path, order_ids: set[str]) -> int:
    """Mails about these orders keep their subject and number; to whom they went and what they said goes."""
    changed = 0
    for file in folder.glob("*.eml"):
        mail = message_from_bytes(file.read_bytes(), policy=policy.default)
        about = str(mail["Message-ID"] or "").strip().lstrip("<").partition(".")[0]
        if about in order_ids:
            left = EmailMessage()
            for name in ("From", "Subject", "Message-ID"):
                if mail[name]:
                    left[name] = str(mail[name])
            left.set_content("erased\n")
            fresh = file.with_suffix(".partial")
            fresh.write_bytes(left.as_bytes())
            fresh.replace(file)
            changed += 1
    return changed


async def _overwritten(engine: "AsyncEngine") -> str:
    """Old versions of rows stay in a database's file until it is told to write it anew."""
    if engine.dialect.name == "sqlite":
        path = engine.url.database or ""
        try:
            with closing(sqlite3.connect(path, timeout=15, isolation_level=None)) as conn:
                conn.execute("VACUUM")
                busy, *_ = conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.OperationalError as error:
            return f"Old pages of {path} were not overwritten ({error}): erase once more with the engine stopped."
        return (
            f"Old pages of {path} are overwritten." if not busy else f"The log {path}-wal is in use: erase once more."
        )
    from store.database.engine import StoreError, alone

    try:
        for table in _WRITTEN:
            await alone(engine, f"VACUUM {table}")
    except StoreError:
        return "Old row versions go with PostgreSQL's next vacuum, its log with your archive's retention."
    return "Old row versions are vacuumed; PostgreSQL's log (WAL) keeps them as long as you archive it."


_WRITTEN: Final = (
    "orders", "events", "commands", "claims", "outbox", "webhook_deliveries", "webhook_attempts", "search_terms",
    "payment_operations", "provider_events", "store_credit_entries",
)  # fmt: skip


async def _temporal(settings: Settings, order_ids: list[str]) -> None:
    """What Temporal holds of these orders, and until when: ids, verbs, amounts and tracking numbers; never a name."""
    from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
    from temporalio.service import RPCError

    from ordermill.process.connect import connect

    try:
        client = await connect(settings, lazy=False)
        asked = DescribeNamespaceRequest(namespace=client.namespace)
        about = await client.workflow_service.describe_namespace(asked)
        held = []
        for n in range(0, len(order_ids), 50):
            names = ", ".join(f"'order-{order_id}'" for order_id in order_ids[n : n + 50])
            async for run in client.list_workflows(f"WorkflowId IN ({names})"):
                ended = f"ended {run.close_time:%Y-%m-%d %H:%M} UTC" if run.close_time else "still runs"
                held.append(f"  {run.id} (run {run.run_id}, {ended})")
    except (RuntimeError, RPCError):
        typer.echo(f"Temporal does not answer at {settings.temporal_target}: ask again for what it holds.")
        return
    kept = about.config.workflow_execution_retention_ttl.ToTimedelta()
    if not held:
        typer.echo("Temporal holds nothing of these orders.")
        return
    typer.echo(f"Temporal holds, until {kept} after each run's end (ids, verbs, amounts, tracking numbers; no names):")
    typer.echo("\n".join(held))

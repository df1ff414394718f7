"""What a command says: inline, or with the claim of its request, where everything private stays (contract section 16).

A claim's content is one JSON object: `{"verb", "command", "request", "order"?}`; `order` is a priced order to place.
"""

import json
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio import activity
from temporalio.client import Client

from domain.commands import Cancel, Command, Place, Request
from domain.errors import InvalidInput, UnknownRequest
from domain.former import read_command
from domain.order import Actor, Order
from store.access import claims
from workflows.messages import Task


@dataclass(frozen=True)
class Content:
    """A command, its request, and for a new order the order itself (version 0)."""

    command: Command
    request: Request
    order: Order | None = None


def dump(command: Command) -> dict[str, Any]:
    """The command as JSON, fields nobody set left out."""
    return command.model_dump(mode="json", exclude_unset=True)


def write(command: Command, request: Request, order: Order | None = None) -> str:
    """The content of a claim."""
    whole = {"verb": command.verb, "command": dump(command), "request": request.model_dump(mode="json")}
    if order is not None:
        whole["order"] = order.model_dump(mode="json")
    return json.dumps(whole, separators=(",", ":"))


class Contents:
    """Reads them, from one database. `client`: asked who cancelled a workflow."""

    def __init__(self, engine: AsyncEngine, client: Client | None = None) -> None:
        self._engine = engine
        self._client = client

    async def of(self, task: Task) -> Content:
        """What a task's command says. OrderError: it cannot be read, or nobody knows it."""
        request = Request.model_validate(task.request.model_dump())
        if task.command is None:
            return await self._claimed(request.id)
        try:
            if task.verb == "place":
                order = Order.model_validate(task.command["order"])
                return Content(Place.model_validate(task.command.get("place") or {}), request, order)
            command = read_command(task.verb, task.command)
        except (ValidationError, KeyError) as error:
            raise InvalidInput(f"the command cannot be read: {_what(error)}") from None
        if isinstance(command, Cancel) and request.actor.kind == "operator" and request.id.startswith("cancel:"):
            who = await self._who_cancelled()
            request = request.model_copy(update={"actor": Actor(kind="operator", id=who)})
        return Content(command, request)

    async def _claimed(self, request_id: str) -> Content:
        text = await claims.content(self._engine, request_id)
        if text is None:
            raise UnknownRequest("nobody knows this request: it is older than the database", request=request_id)
        whole = json.loads(text)
        order = Order.model_validate(whole["order"]) if "order" in whole else None
        request = Request.model_validate(whole["request"])
        return Content(read_command(whole["verb"], whole["command"]), request, order)

    async def _who_cancelled(self) -> str:
        """The identity in the history's cancel request, as far as Temporal says."""
        info = activity.info()
        if self._client is None or info.workflow_id is None:
            return "temporal"
        handle = self._client.get_workflow_handle(info.workflow_id, run_id=info.workflow_run_id)
        who = "temporal"
        async for event in handle.fetch_history_events():
            if event.HasField("workflow_execution_cancel_requested_event_attributes"):
                who = event.workflow_execution_cancel_requested_event_attributes.identity or who
        return who[:255]


def _what(error: ValidationError | KeyError) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_input=False, include_url=False)[0]
        return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
    return f"{error.args[0]} is missing"

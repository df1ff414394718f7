"""What the webhook tests of every face share: deliveries queued by the dispatcher, none sent."""

import json
from typing import Any

from sqlalchemy import select

from activities.outgoing.dispatching import Dispatcher
from api.faces import RENDERERS
from store.database.engine import reading
from store.tables import webhook_deliveries as t
from tests.api.client import Api

URL = "https://8.8.8.8/hook"


async def _told(endpoint_id: str) -> None:
    """Nobody sends here."""


async def dispatched(api: Api) -> list[tuple[str, dict[str, Any]]]:
    """(`webhook-id`, body) of everything queued so far, in the order of its events."""
    await Dispatcher(api.db, RENDERERS, _told).once()
    async with reading(api.db) as conn:
        rows = await conn.execute(select(t.c.event_id, t.c.body).order_by(t.c.position))
        return [(row.event_id, json.loads(row.body)) for row in rows]

"""One order's clock runs ahead, the others keep theirs: a month of a shop in a minute, on the development server only."""

from datetime import datetime, timedelta

from temporalio.client import Client
from temporalio.service import RPCError

from domain.order import Order
from door.errands import Unsettled
from workflows.messages import workflow_id

A_MOMENT = timedelta(seconds=1)
"""Beyond the window's end, so that its timer has fired."""


async def skip_to(client: Client, order: Order, *, now: datetime, to: datetime) -> None:
    """Nothing where that moment has passed already. Unsettled where the server does not let time run."""
    from temporalio.testing import TimeSkipper  # what it brings along is for development

    if to <= now:
        return
    try:
        handle = client.get_workflow_handle(workflow_id(order.id))
        await TimeSkipper(client).fast_forward(handle, to - now + A_MOMENT)
    except (RPCError, RuntimeError) as error:
        raise Unsettled(f"Temporal lets no time run ahead: {error}"[:160], accepted=False) from None

"""What may be asked of an order: one update per verb, so that a history reads `confirm`, `pay`, `fulfill`.

Each takes what it is sent as it comes: an argument that does not fit is refused, and never stops the order. A test holds them
equal to the lifecycle's table.
"""

from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from workflows.messages import Result


class Verbs:
    """The updates of OrderWorkflow, which does them all alike."""

    async def _do(self, verb: str, *values: Any) -> Result:
        raise NotImplementedError

    @workflow.update
    async def place(self, sent: Any = None, *rest: Any) -> Result:
        """Wait for the first save of a new order, and pay for it where the order says how."""
        return await self._do("place", sent, *rest)

    @workflow.update
    async def confirm(self, sent: Any = None, *rest: Any) -> Result:
        """Reserve a draft's stock."""
        return await self._do("confirm", sent, *rest)

    @workflow.update
    async def pay(self, sent: Any = None, *rest: Any) -> Result:
        """Authorise a payment, and capture it where the order's policy says so."""
        return await self._do("pay", sent, *rest)

    @workflow.update
    async def record_payment(self, sent: Any = None, *rest: Any) -> Result:
        """Record money taken elsewhere."""
        return await self._do("record_payment", sent, *rest)

    @workflow.update
    async def capture(self, sent: Any = None, *rest: Any) -> Result:
        """Take what is held."""
        return await self._do("capture", sent, *rest)

    @workflow.update
    async def void(self, sent: Any = None, *rest: Any) -> Result:
        """Release what is held."""
        return await self._do("void", sent, *rest)

    @workflow.update
    async def fulfill(self, sent: Any = None, *rest: Any) -> Result:
        """Send units."""
        return await self._do("fulfill", sent, *rest)

    @workflow.update
    async def ship(self, sent: Any = None, *rest: Any) -> Result:
        """Ship units of a fulfilment that is sent."""
        return await self._do("ship", sent, *rest)

    @workflow.update
    async def unship(self, sent: Any = None, *rest: Any) -> Result:
        """Take an undelivered shipment back."""
        return await self._do("unship", sent, *rest)

    @workflow.update
    async def update_fulfillment(self, sent: Any = None, *rest: Any) -> Result:
        """Change tracking, or move a fulfilment to shipped or delivered."""
        return await self._do("update_fulfillment", sent, *rest)

    @workflow.update
    async def cancel_fulfillment(self, sent: Any = None, *rest: Any) -> Result:
        """Take a fulfilment back."""
        return await self._do("cancel_fulfillment", sent, *rest)

    @workflow.update
    async def deliver(self, sent: Any = None, *rest: Any) -> Result:
        """Shipped units arrive."""
        return await self._do("deliver", sent, *rest)

    @workflow.update
    async def restock(self, sent: Any = None, *rest: Any) -> Result:
        """Put units back on the shelf."""
        return await self._do("restock", sent, *rest)

    @workflow.update
    async def cancel(self, sent: Any = None, *rest: Any) -> Result:
        """Cancel the order: stock and money go back."""
        return await self._do("cancel", sent, *rest)

    @workflow.update
    async def cancel_items(self, sent: Any = None, *rest: Any) -> Result:
        """Cancel units that were not sent."""
        return await self._do("cancel_items", sent, *rest)

    @workflow.update
    async def refund(self, sent: Any = None, *rest: Any) -> Result:
        """Give money back."""
        return await self._do("refund", sent, *rest)

    @workflow.update
    async def request_return(self, sent: Any = None, *rest: Any) -> Result:
        """Ask to send units back."""
        return await self._do("request_return", sent, *rest)

    @workflow.update
    async def approve_return(self, sent: Any = None, *rest: Any) -> Result:
        """Allow a return."""
        return await self._do("approve_return", sent, *rest)

    @workflow.update
    async def reject_return(self, sent: Any = None, *rest: Any) -> Result:
        """Refuse a return."""
        return await self._do("reject_return", sent, *rest)

    @workflow.update
    async def withdraw_return(self, sent: Any = None, *rest: Any) -> Result:
        """Take a request to send units back, back."""
        return await self._do("withdraw_return", sent, *rest)

    @workflow.update
    async def receive_return(self, sent: Any = None, *rest: Any) -> Result:
        """A return's parcel came."""
        return await self._do("receive_return", sent, *rest)

    @workflow.update
    async def request_exchange(self, sent: Any = None, *rest: Any) -> Result:
        """Ask to send units back and have others for them."""
        return await self._do("request_exchange", sent, *rest)

    @workflow.update
    async def claim(self, sent: Any = None, *rest: Any) -> Result:
        """Replace or refund units that came damaged, wrong or not at all."""
        return await self._do("claim", sent, *rest)

    @workflow.update
    async def update(self, sent: Any = None, *rest: Any) -> Result:
        """Change texts and addresses."""
        return await self._do("update", sent, *rest)

    @workflow.update
    async def edit(self, sent: Any = None, *rest: Any) -> Result:
        """Change what was sold: all operations of a request, or none."""
        return await self._do("edit", sent, *rest)

    @workflow.update
    async def hold(self, sent: Any = None, *rest: Any) -> Result:
        """Let nothing be sent until the hold ends."""
        return await self._do("hold", sent, *rest)

    @workflow.update
    async def release_hold(self, sent: Any = None, *rest: Any) -> Result:
        """End a hold."""
        return await self._do("release_hold", sent, *rest)

    @workflow.update
    async def close(self, sent: Any = None, *rest: Any) -> Result:
        """Close the order by hand."""
        return await self._do("close", sent, *rest)

    @workflow.update
    async def reopen(self, sent: Any = None, *rest: Any) -> Result:
        """Open a closed or cancelled order again."""
        return await self._do("reopen", sent, *rest)

    @workflow.update
    async def add_note(self, sent: Any = None, *rest: Any) -> Result:
        """Add a staff note."""
        return await self._do("add_note", sent, *rest)

    @workflow.update
    async def delete_note(self, sent: Any = None, *rest: Any) -> Result:
        """Remove a staff note."""
        return await self._do("delete_note", sent, *rest)

    @workflow.update
    async def several(self, sent: Any = None, *rest: Any) -> Result:
        """Several of these in one request, all or nothing."""
        return await self._do("several", sent, *rest)

    # Words of earlier releases, for runs that had accepted them (domain/former.py says what each is now).

    @workflow.update
    async def add_line(self, sent: Any = None, *rest: Any) -> Result:
        """Former word for an edit that adds a line."""
        return await self._do("add_line", sent, *rest)

    @workflow.update
    async def update_line(self, sent: Any = None, *rest: Any) -> Result:
        """Former word for an edit of a line's quantity or price."""
        return await self._do("update_line", sent, *rest)

    @workflow.update
    async def remove_line(self, sent: Any = None, *rest: Any) -> Result:
        """Former word for an edit that removes a line."""
        return await self._do("remove_line", sent, *rest)

    @workflow.update
    async def amend(self, sent: Any = None, *rest: Any) -> Result:
        """Former word for several changes of one request."""
        return await self._do("amend", sent, *rest)

    @workflow.update
    async def parcels(self, sent: Any = None, *rest: Any) -> Result:
        """Former word for several fulfilments or shipments of one request."""
        return await self._do("parcels", sent, *rest)

    @workflow.update
    async def move_timer(self, sent: Any = None, *rest: Any) -> Result:
        """Move a window, or let what it does happen now."""
        return await self._do("move_timer", sent, *rest)

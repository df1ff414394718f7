"""Every call as a method, awaiting.

Made by `python -m clients.generate`: change the engine, or the generator.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Unpack

from ordermill_client import answers, inputs
from ordermill_client.paging import OrderWalk, followed_async
from ordermill_client.sending import AsyncSend, Call, Options
from ordermill_client.wire import path


class AsyncOrders:
    """Orders, one method per verb. `id`: the order's id, its UUID or its display number."""

    def __init__(self, send: AsyncSend) -> None:
        self._send = send
        self.dry_run = AsyncOrdersDryRun(send)

    async def list(
        self, *, options: Options | None = None, **query: Unpack[inputs.OrderListParams]
    ) -> answers.OrderList:
        """List orders."""
        return await self._send(Call("GET", path("order"), answers.OrderList, query=query), options)

    async def all(
        self, *, options: Options | None = None, **query: Unpack[inputs.OrderListParams]
    ) -> AsyncIterator[answers.OrderSummary]:
        """Every match, page after page; oldest first unless `sort` is given (paging.OrderWalk)."""
        walk = OrderWalk(query)
        while not walk.ended:
            for order in walk.fresh(await self._send(walk.next(), options)):
                yield order

    async def get(
        self, order_id: str, *, options: Options | None = None, **query: Unpack[inputs.OrderGetParams]
    ) -> answers.Order:
        """Get an order."""
        return await self._send(Call("GET", path("order", order_id), answers.Order, query=query), options)

    async def create(self, *, options: Options | None = None, **body: Unpack[inputs.OrderInput]) -> answers.Order:
        """Create an order."""
        return await self._send(Call("POST", path("order"), answers.Order, body=body), options)

    async def update(
        self, order_id: str, *, options: Options | None = None, **body: Unpack[inputs.OrderUpdate]
    ) -> answers.Order:
        """Update metadata, notes and tags at any time, addresses until the first unit is sent."""
        return await self._send(Call("PATCH", path("order", order_id), answers.Order, body=body), options)

    async def confirm(self, order_id: str, *, options: Options | None = None) -> answers.Order:
        """Confirm: reserves every line, or none."""
        return await self._send(Call("POST", path("order", order_id, "confirm"), answers.Order), options)

    async def pay(
        self, order_id: str, *, options: Options | None = None, **body: Unpack[inputs.PayInput]
    ) -> answers.Order:
        """Pay what is due; a draft is confirmed by it."""
        return await self._send(Call("POST", path("order", order_id, "pay"), answers.Order, body=body), options)

    async def authorize(
        self, order_id: str, *, options: Options | None = None, **body: Unpack[inputs.AuthorizeInput]
    ) -> answers.Order:
        """Hold what is due, without taking it."""
        return await self._send(Call("POST", path("order", order_id, "authorize"), answers.Order, body=body), options)

    async def capture(
        self, order_id: str, *, options: Options | None = None, **body: Unpack[inputs.CaptureInput]
    ) -> answers.Order:
        """Take what is held."""
        return await self._send(Call("POST", path("order", order_id, "capture"), answers.Order, body=body), options)

    async def void(
        self, order_id: str, *, options: Options | None = None, **body: Unpack[inputs.VoidInput]
    ) -> answers.Order:
        """Release what is held."""
        return await self._send(Call("POST", path("order", order_id, "void"), answers.Order, body=body), options)

    async def fulfill(
        self, order_id: str, *, options: Options | None = None, **body: Unpack[inputs.FulfillmentInput]
    ) -> answers.Fulfillment:
        """Ship some or all units."""
        return await self._send(
            Call("POST", path("order", order_id, "fulfill"), answers.Fulfillment, body=body), options
        )

    async def deliver(
        self, order_id: str, *, options: Options | None = None, **body: Unpack[inputs.DeliverInput]
    ) -> answers.Order:
        """Shipped units arrived: of one fulfilment, or all."""
        return await self._send(Call("POST", path("order", order_id, "deliver"), answers.Order, body=body), options)

    async def cancel(
        self, order_id: str, *, options: Options | None = None, **body: Unpack[inputs.CancelInput]
    ) -> answers.Order:
        """Cancel before the first unit is sent: refunds what was captured, releases what was held and reserved."""
        return await self._send(Call("POST", path("order", order_id, "cancel"), answers.Order, body=body), options)

    async def cancel_items(
        self, order_id: str, *, options: Options | None = None, **body: Unpack[inputs.CancelItemsInput]
    ) -> answers.Order:
        """Cancel unsent units: what was paid for them goes back, what was held or reserved for them is released."""
        return await self._send(
            Call("POST", path("order", order_id, "items", "cancel"), answers.Order, body=body), options
        )

    async def edit(
        self, order_id: str, *, options: Options | None = None, **body: Unpack[inputs.EditInput]
    ) -> answers.EditedOrder:
        """Change what was sold, all or nothing: lines, prices, shipping, address, discounts, cancelled units."""
        return await self._send(Call("POST", path("order", order_id, "edits"), answers.EditedOrder, body=body), options)

    async def refund(
        self, order_id: str, *, options: Options | None = None, **body: Unpack[inputs.RefundInput]
    ) -> answers.Refund:
        """Refund an amount, some units, or all that is left."""
        return await self._send(Call("POST", path("order", order_id, "refund"), answers.Refund, body=body), options)

    async def hold(
        self, order_id: str, *, options: Options | None = None, **body: Unpack[inputs.HoldInput]
    ) -> answers.Hold:
        """Put a hold on the order: nothing is sent while it stands. Many may stand at once."""
        return await self._send(Call("POST", path("order", order_id, "holds"), answers.Hold, body=body), options)

    async def release_hold(self, order_id: str, hold_id: str, *, options: Options | None = None) -> None:
        """End a hold. One of a dispute ends with the dispute alone: 409."""
        await self._send(Call("DELETE", path("order", order_id, "holds", hold_id), type(None)), options)

    async def return_(
        self, order_id: str, *, options: Options | None = None, **body: Unpack[inputs.ReturnInput]
    ) -> answers.Return:
        """Request a return of delivered units, inside the return window."""
        return await self._send(Call("POST", path("order", order_id, "return"), answers.Return, body=body), options)

    async def returns(self, order_id: str, *, options: Options | None = None) -> answers.ReturnList:
        """The order's returns, oldest first."""
        return await self._send(Call("GET", path("order", order_id, "returns"), answers.ReturnList), options)

    async def get_return(self, order_id: str, return_id: str, *, options: Options | None = None) -> answers.Return:
        """One return."""
        return await self._send(Call("GET", path("order", order_id, "return", return_id), answers.Return), options)

    async def approve_return(
        self,
        order_id: str,
        return_id: str,
        *,
        options: Options | None = None,
        **body: Unpack[inputs.ApproveReturnInput],
    ) -> answers.Return:
        """The return may be sent, by `shipBy`; the customer is told how."""
        return await self._send(
            Call("POST", path("order", order_id, "return", return_id, "approve"), answers.Return, body=body), options
        )

    async def reject_return(
        self, order_id: str, return_id: str, *, options: Options | None = None, **body: Unpack[inputs.RejectReturnInput]
    ) -> answers.Return:
        """Refuse the return."""
        return await self._send(
            Call("POST", path("order", order_id, "return", return_id, "reject"), answers.Return, body=body), options
        )

    async def withdraw_return(self, order_id: str, return_id: str, *, options: Options | None = None) -> answers.Return:
        """Keep what was to be sent back, while nothing of it is received."""
        return await self._send(
            Call("POST", path("order", order_id, "return", return_id, "withdraw"), answers.Return), options
        )

    async def receive_return(
        self,
        order_id: str,
        return_id: str,
        *,
        options: Options | None = None,
        **body: Unpack[inputs.ReceiveReturnInput],
    ) -> answers.Return:
        """A parcel came back: credits the units received, less the fee, and gives back what is surplus then."""
        return await self._send(
            Call("POST", path("order", order_id, "return", return_id, "receive"), answers.Return, body=body), options
        )

    async def exchange(
        self, order_id: str, *, options: Options | None = None, **body: Unpack[inputs.ExchangeInput]
    ) -> answers.Exchange:
        """Exchange delivered units for others, inside the return window; the new ones are reserved at once, all or none."""
        return await self._send(Call("POST", path("order", order_id, "exchange"), answers.Exchange, body=body), options)

    async def exchanges(self, order_id: str, *, options: Options | None = None) -> answers.ExchangeList:
        """The order's exchanges, oldest first."""
        return await self._send(Call("GET", path("order", order_id, "exchanges"), answers.ExchangeList), options)

    async def get_exchange(
        self, order_id: str, exchange_id: str, *, options: Options | None = None
    ) -> answers.Exchange:
        """One exchange."""
        return await self._send(
            Call("GET", path("order", order_id, "exchange", exchange_id), answers.Exchange), options
        )

    async def claim(
        self, order_id: str, *, options: Options | None = None, **body: Unpack[inputs.ClaimInput]
    ) -> answers.Claim:
        """Replace or refund shipped units that are damaged, missing or the wrong ones, each once; no parcel is waited for."""
        return await self._send(Call("POST", path("order", order_id, "claim"), answers.Claim, body=body), options)

    async def claims(self, order_id: str, *, options: Options | None = None) -> answers.ClaimList:
        """The order's claims, oldest first."""
        return await self._send(Call("GET", path("order", order_id, "claims"), answers.ClaimList), options)

    async def get_claim(self, order_id: str, claim_id: str, *, options: Options | None = None) -> answers.Claim:
        """One claim."""
        return await self._send(Call("GET", path("order", order_id, "claim", claim_id), answers.Claim), options)

    async def events(self, order_id: str, *, options: Options | None = None) -> answers.OrderEventList:
        """The order's timeline, in the engine's own event names."""
        return await self._send(Call("GET", path("order", order_id, "events"), answers.OrderEventList), options)

    async def explain(self, order_id: str, *, options: Options | None = None) -> dict[str, Any]:
        """What the order waits for and what may be done with it, from its row: also when no workflow of it runs."""
        return await self._send(Call("GET", path("engine", "orders", order_id, "explain"), dict), options)

    async def waiting(self, order_id: str, *, options: Options | None = None) -> answers.WaitList:
        """Everything the order waits for, the most pressing first."""
        return await self._send(Call("GET", path("engine", "orders", order_id, "waiting"), answers.WaitList), options)

    async def timers(self, order_id: str, *, options: Options | None = None) -> answers.TimerList:
        """The order's windows, the nearest first, and what happens when each closes."""
        return await self._send(Call("GET", path("engine", "orders", order_id, "timers"), answers.TimerList), options)

    async def move_timer(
        self, order_id: str, name: str, *, options: Options | None = None, **body: Unpack[inputs.MoveTimerInput]
    ) -> answers.Timer:
        """Move a window, or let what it does happen now."""
        return await self._send(
            Call("POST", path("engine", "orders", order_id, "timers", name), answers.Timer, body=body), options
        )


class AsyncOrdersDryRun:
    """The same verbs, answering what each would do. Nothing is done (orders.dry_run)."""

    def __init__(self, send: AsyncSend) -> None:
        self._send = send

    async def create(self, *, options: Options | None = None, **body: Unpack[inputs.OrderInput]) -> answers.DryRun:
        """Create an order."""
        return await self._send(
            Call("POST", path("order"), answers.DryRun, query={"dry_run": "true"}, body=body), options
        )

    async def update(
        self, order_id: str, *, options: Options | None = None, **body: Unpack[inputs.OrderUpdate]
    ) -> answers.DryRun:
        """Update metadata, notes and tags at any time, addresses until the first unit is sent."""
        return await self._send(
            Call("PATCH", path("order", order_id), answers.DryRun, query={"dry_run": "true"}, body=body), options
        )

    async def confirm(self, order_id: str, *, options: Options | None = None) -> answers.DryRun:
        """Confirm: reserves every line, or none."""
        return await self._send(
            Call("POST", path("order", order_id, "confirm"), answers.DryRun, query={"dry_run": "true"}), options
        )

    async def pay(
        self, order_id: str, *, options: Options | None = None, **body: Unpack[inputs.PayInput]
    ) -> answers.DryRun:
        """Pay what is due; a draft is confirmed by it."""
        return await self._send(
            Call("POST", path("order", order_id, "pay"), answers.DryRun, query={"dry_run": "true"}, body=body), options
        )

    async def authorize(
        self, order_id: str, *, options: Options | None = None, **body: Unpack[inputs.AuthorizeInput]
    ) -> answers.DryRun:
        """Hold what is due, without taking it."""
        return await self._send(
            Call("POST", path("order", order_id, "authorize"), answers.DryRun, query={"dry_run": "true"}, body=body),
            options,
        )

    async def capture(
        self, order_id: str, *, options: Options | None = None, **body: Unpack[inputs.CaptureInput]
    ) -> answers.DryRun:
        """Take what is held."""
        return await self._send(
            Call("POST", path("order", order_id, "capture"), answers.DryRun, query={"dry_run": "true"}, body=body),
            options,
        )

    async def void(
        self, order_id: str, *, options: Options | None = None, **body: Unpack[inputs.VoidInput]
    ) -> answers.DryRun:
        """Release what is held."""
        return await self._send(
            Call("POST", path("order", order_id, "void"), answers.DryRun, query={"dry_run": "true"}, body=body), options
        )

    async def fulfill(
        self, order_id: str, *, options: Options | None = None, **body: Unpack[inputs.FulfillmentInput]
    ) -> answers.DryRun:
        """Ship some or all units."""
        return await self._send(
            Call("POST", path("order", order_id, "fulfill"), answers.DryRun, query={"dry_run": "true"}, body=body),
            options,
        )

    async def deliver(
        self, order_id: str, *, options: Options | None = None, **body: Unpack[inputs.DeliverInput]
    ) -> answers.DryRun:
        """Shipped units arrived: of one fulfilment, or all."""
        return await self._send(
            Call("POST", path("order", order_id, "deliver"), answers.DryRun, query={"dry_run": "true"}, body=body),
            options,
        )

    async def cancel(
        self, order_id: str, *, options: Options | None = None, **body: Unpack[inputs.CancelInput]
    ) -> answers.DryRun:
        """Cancel before the first unit is sent: refunds what was captured, releases what was held and reserved."""
        return await self._send(
            Call("POST", path("order", order_id, "cancel"), answers.DryRun, query={"dry_run": "true"}, body=body),
            options,
        )

    async def cancel_items(
        self, order_id: str, *, options: Options | None = None, **body: Unpack[inputs.CancelItemsInput]
    ) -> answers.DryRun:
        """Cancel unsent units: what was paid for them goes back, what was held or reserved for them is released."""
        return await self._send(
            Call(
                "POST", path("order", order_id, "items", "cancel"), answers.DryRun, query={"dry_run": "true"}, body=body
            ),
            options,
        )

    async def edit(
        self, order_id: str, *, options: Options | None = None, **body: Unpack[inputs.EditInput]
    ) -> answers.DryRun:
        """Change what was sold, all or nothing: lines, prices, shipping, address, discounts, cancelled units."""
        return await self._send(
            Call("POST", path("order", order_id, "edits"), answers.DryRun, query={"dry_run": "true"}, body=body),
            options,
        )

    async def refund(
        self, order_id: str, *, options: Options | None = None, **body: Unpack[inputs.RefundInput]
    ) -> answers.DryRun:
        """Refund an amount, some units, or all that is left."""
        return await self._send(
            Call("POST", path("order", order_id, "refund"), answers.DryRun, query={"dry_run": "true"}, body=body),
            options,
        )

    async def hold(
        self, order_id: str, *, options: Options | None = None, **body: Unpack[inputs.HoldInput]
    ) -> answers.DryRun:
        """Put a hold on the order: nothing is sent while it stands. Many may stand at once."""
        return await self._send(
            Call("POST", path("order", order_id, "holds"), answers.DryRun, query={"dry_run": "true"}, body=body),
            options,
        )

    async def release_hold(self, order_id: str, hold_id: str, *, options: Options | None = None) -> answers.DryRun:
        """End a hold. One of a dispute ends with the dispute alone: 409."""
        return await self._send(
            Call("DELETE", path("order", order_id, "holds", hold_id), answers.DryRun, query={"dry_run": "true"}),
            options,
        )

    async def return_(
        self, order_id: str, *, options: Options | None = None, **body: Unpack[inputs.ReturnInput]
    ) -> answers.DryRun:
        """Request a return of delivered units, inside the return window."""
        return await self._send(
            Call("POST", path("order", order_id, "return"), answers.DryRun, query={"dry_run": "true"}, body=body),
            options,
        )

    async def approve_return(
        self,
        order_id: str,
        return_id: str,
        *,
        options: Options | None = None,
        **body: Unpack[inputs.ApproveReturnInput],
    ) -> answers.DryRun:
        """The return may be sent, by `shipBy`; the customer is told how."""
        return await self._send(
            Call(
                "POST",
                path("order", order_id, "return", return_id, "approve"),
                answers.DryRun,
                query={"dry_run": "true"},
                body=body,
            ),
            options,
        )

    async def reject_return(
        self, order_id: str, return_id: str, *, options: Options | None = None, **body: Unpack[inputs.RejectReturnInput]
    ) -> answers.DryRun:
        """Refuse the return."""
        return await self._send(
            Call(
                "POST",
                path("order", order_id, "return", return_id, "reject"),
                answers.DryRun,
                query={"dry_run": "true"},
                body=body,
            ),
            options,
        )

    async def withdraw_return(self, order_id: str, return_id: str, *, options: Options | None = None) -> answers.DryRun:
        """Keep what was to be sent back, while nothing of it is received."""
        return await self._send(
            Call(
                "POST",
                path("order", order_id, "return", return_id, "withdraw"),
                answers.DryRun,
                query={"dry_run": "true"},
            ),
            options,
        )

    async def receive_return(
        self,
        order_id: str,
        return_id: str,
        *,
        options: Options | None = None,
        **body: Unpack[inputs.ReceiveReturnInput],
    ) -> answers.DryRun:
        """A parcel came back: credits the units received, less the fee, and gives back what is surplus then."""
        return await self._send(
            Call(
                "POST",
                path("order", order_id, "return", return_id, "receive"),
                answers.DryRun,
                query={"dry_run": "true"},
                body=body,
            ),
            options,
        )

    async def exchange(
        self, order_id: str, *, options: Options | None = None, **body: Unpack[inputs.ExchangeInput]
    ) -> answers.DryRun:
        """Exchange delivered units for others, inside the return window; the new ones are reserved at once, all or none."""
        return await self._send(
            Call("POST", path("order", order_id, "exchange"), answers.DryRun, query={"dry_run": "true"}, body=body),
            options,
        )

    async def claim(
        self, order_id: str, *, options: Options | None = None, **body: Unpack[inputs.ClaimInput]
    ) -> answers.DryRun:
        """Replace or refund shipped units that are damaged, missing or the wrong ones, each once; no parcel is waited for."""
        return await self._send(
            Call("POST", path("order", order_id, "claim"), answers.DryRun, query={"dry_run": "true"}, body=body),
            options,
        )

    async def move_timer(
        self, order_id: str, name: str, *, options: Options | None = None, **body: Unpack[inputs.MoveTimerInput]
    ) -> answers.DryRun:
        """Move a window, or let what it does happen now."""
        return await self._send(
            Call(
                "POST",
                path("engine", "orders", order_id, "timers", name),
                answers.DryRun,
                query={"dry_run": "true"},
                body=body,
            ),
            options,
        )


class AsyncSearch:
    """Orders of every face, found by what somebody remembers of them or by what they wait for."""

    def __init__(self, send: AsyncSend) -> None:
        self._send = send

    async def list(
        self, *, options: Options | None = None, **query: Unpack[inputs.SearchParams]
    ) -> answers.FoundOrderList:
        """Orders of every face, found by anything somebody remembers of them, or by what they wait for."""
        return await self._send(Call("GET", path("engine", "orders"), answers.FoundOrderList, query=query), options)

    def all(
        self, *, options: Options | None = None, **query: Unpack[inputs.SearchParams]
    ) -> AsyncIterator[answers.FoundOrder]:
        """Every match, page after page."""
        return followed_async(
            self._send, Call("GET", path("engine", "orders"), answers.FoundOrderList, query=query), options
        )


class AsyncTasks:
    """What people have to do."""

    def __init__(self, send: AsyncSend) -> None:
        self._send = send

    async def list(self, *, options: Options | None = None, **query: Unpack[inputs.TaskListParams]) -> answers.TaskList:
        """What people have to do, the oldest due first. A task leaves the list when what makes it does."""
        return await self._send(Call("GET", path("engine", "tasks"), answers.TaskList, query=query), options)

    def all(
        self, *, options: Options | None = None, **query: Unpack[inputs.TaskListParams]
    ) -> AsyncIterator[answers.Task]:
        """Every match, page after page."""
        return followed_async(self._send, Call("GET", path("engine", "tasks"), answers.TaskList, query=query), options)


class AsyncAgenda:
    """Every coming deadline."""

    def __init__(self, send: AsyncSend) -> None:
        self._send = send

    async def list(
        self, *, options: Options | None = None, **query: Unpack[inputs.AgendaParams]
    ) -> answers.DeadlineList:
        """Every coming deadline of all orders, the soonest first, with what will happen and the money it moves."""
        return await self._send(Call("GET", path("engine", "agenda"), answers.DeadlineList, query=query), options)

    def all(
        self, *, options: Options | None = None, **query: Unpack[inputs.AgendaParams]
    ) -> AsyncIterator[answers.Deadline]:
        """Every match, page after page."""
        return followed_async(
            self._send, Call("GET", path("engine", "agenda"), answers.DeadlineList, query=query), options
        )


class AsyncStats:
    """Orders and money per day."""

    def __init__(self, send: AsyncSend) -> None:
        self._send = send

    async def get(self, *, options: Options | None = None, **query: Unpack[inputs.StatsParams]) -> answers.StatsReport:
        """Orders, units and money per day of the shop's time zone and currency, and what open orders wait for now."""
        return await self._send(Call("GET", path("engine", "stats"), answers.StatsReport, query=query), options)


class AsyncCatalog:
    """What is sold, by variant."""

    def __init__(self, send: AsyncSend) -> None:
        self._send = send

    async def list(
        self, *, options: Options | None = None, **query: Unpack[inputs.CatalogListParams]
    ) -> answers.CatalogVariantList:
        """The catalogue, by id."""
        return await self._send(
            Call("GET", path("engine", "catalog"), answers.CatalogVariantList, query=query), options
        )

    async def get(self, variant_id: str, *, options: Options | None = None) -> answers.CatalogVariant:
        """One catalogue entry."""
        return await self._send(Call("GET", path("engine", "catalog", variant_id), answers.CatalogVariant), options)

    async def put(
        self, variant_id: str, *, options: Options | None = None, **body: Unpack[inputs.CatalogVariantInput]
    ) -> answers.CatalogVariant:
        """Put a catalogue entry, new or changed."""
        return await self._send(
            Call("PUT", path("engine", "catalog", variant_id), answers.CatalogVariant, body=body), options
        )

    async def delete(self, variant_id: str, *, options: Options | None = None) -> None:
        """Take an entry out of the catalogue; orders that hold it keep it."""
        await self._send(Call("DELETE", path("engine", "catalog", variant_id), type(None)), options)


class AsyncStock:
    """How many there are, by variant."""

    def __init__(self, send: AsyncSend) -> None:
        self._send = send

    async def get(self, variant_id: str, *, options: Options | None = None) -> answers.StockLevel:
        """One variant's stock."""
        return await self._send(Call("GET", path("engine", "inventory", variant_id), answers.StockLevel), options)

    async def set(
        self, variant_id: str, *, options: Options | None = None, **body: Unpack[inputs.StockInput]
    ) -> answers.StockLevel:
        """Set what is on the shelf. Never below what is reserved, unless backorders are taken."""
        return await self._send(
            Call("PUT", path("engine", "inventory", variant_id), answers.StockLevel, body=body), options
        )

    async def adjust(
        self, variant_id: str, *, options: Options | None = None, **body: Unpack[inputs.StockAdjustment]
    ) -> answers.StockLevel:
        """Move units on or off the shelf; the movement is kept with its reason."""
        return await self._send(
            Call("POST", path("engine", "inventory", variant_id, "adjust"), answers.StockLevel, body=body), options
        )

    async def movements(self, variant_id: str, *, options: Options | None = None) -> answers.StockMovementList:
        """The latest hundred movements of a variant, newest first."""
        return await self._send(
            Call("GET", path("engine", "inventory", variant_id, "movements"), answers.StockMovementList), options
        )


class AsyncShippingMethods:
    """How an order may be sent."""

    def __init__(self, send: AsyncSend) -> None:
        self._send = send

    async def list(self, *, options: Options | None = None) -> answers.ShippingMethodList:
        """The shipping methods of the policy file."""
        return await self._send(Call("GET", path("engine", "shipping-methods"), answers.ShippingMethodList), options)


class AsyncCredit:
    """A customer's store credit."""

    def __init__(self, send: AsyncSend) -> None:
        self._send = send

    async def get(
        self, customer_id: str, *, options: Options | None = None, **query: Unpack[inputs.CreditParams]
    ) -> answers.CreditAccount:
        """A customer's store credit per currency, and what moved it, newest first."""
        return await self._send(
            Call("GET", path("engine", "customers", customer_id, "credit"), answers.CreditAccount, query=query), options
        )

    async def grant(
        self, customer_id: str, *, options: Options | None = None, **body: Unpack[inputs.CreditInput]
    ) -> answers.CreditAccount:
        """Give a customer store credit, or take some away; the reason is kept."""
        return await self._send(
            Call("POST", path("engine", "customers", customer_id, "credit"), answers.CreditAccount, body=body), options
        )


class AsyncKeys:
    """Restricted and customer keys."""

    def __init__(self, send: AsyncSend) -> None:
        self._send = send

    async def list(self, *, options: Options | None = None) -> answers.APIKeyList:
        """Restricted and customer keys of this mode, revoked ones included."""
        return await self._send(Call("GET", path("engine", "keys"), answers.APIKeyList), options)

    async def create(
        self, *, options: Options | None = None, **body: Unpack[inputs.APIKeyInput]
    ) -> answers.MintedAPIKey:
        """Make a restricted or a customer key of this mode; the key is shown once."""
        return await self._send(Call("POST", path("engine", "keys"), answers.MintedAPIKey, body=body), options)

    async def revoke(self, key_id: str, *, options: Options | None = None) -> None:
        """End a restricted or customer key; it works for at most two seconds more (api/http/auth.py)."""
        await self._send(Call("DELETE", path("engine", "keys", key_id), type(None)), options)


class AsyncWebhooks:
    """Endpoints that get every event, and what was sent to them."""

    def __init__(self, send: AsyncSend) -> None:
        self._send = send

    async def list(self, *, options: Options | None = None) -> answers.WebhookList:
        """The webhook endpoints of this mode."""
        return await self._send(Call("GET", path("webhook"), answers.WebhookList), options)

    async def create(
        self, *, options: Options | None = None, **body: Unpack[inputs.WebhookInput]
    ) -> answers.WebhookWithSecret:
        """Register a webhook endpoint."""
        return await self._send(Call("POST", path("webhook"), answers.WebhookWithSecret, body=body), options)

    async def get(self, webhook_id: str, *, options: Options | None = None) -> answers.Webhook:
        """One webhook endpoint; `status` says how it does, `reason` why."""
        return await self._send(Call("GET", path("webhook", webhook_id), answers.Webhook), options)

    async def update(
        self, webhook_id: str, *, options: Options | None = None, **body: Unpack[inputs.WebhookUpdate]
    ) -> answers.Webhook:
        """Change where it goes, what it takes, or whether it is sent to. Active again, it gets what waited."""
        return await self._send(Call("PATCH", path("webhook", webhook_id), answers.Webhook, body=body), options)

    async def delete(self, webhook_id: str, *, options: Options | None = None) -> None:
        """Delete it with its deliveries."""
        await self._send(Call("DELETE", path("webhook", webhook_id), type(None)), options)

    async def deliveries(
        self, webhook_id: str, *, options: Options | None = None, **query: Unpack[inputs.DeliveryListParams]
    ) -> answers.DeliveryList:
        """What was sent and what came back, newest first."""
        return await self._send(
            Call("GET", path("webhook", webhook_id, "deliveries"), answers.DeliveryList, query=query), options
        )

    async def test(self, webhook_id: str, *, options: Options | None = None) -> answers.Delivery:
        """Send a `webhook.test` with an order that looks like any other; its delivery is among the others."""
        return await self._send(
            Call("POST", path("webhook", webhook_id, "test"), answers.Delivery, accepted=True), options
        )

    async def redeliver(
        self, webhook_id: str, *, options: Options | None = None, **body: Unpack[inputs.RedeliverInput]
    ) -> answers.Delivery:
        """Send one delivery once more, under the same `webhook-id`."""
        return await self._send(
            Call("POST", path("webhook", webhook_id, "redeliver"), answers.Delivery, body=body, accepted=True), options
        )

    async def replay(
        self, webhook_id: str, *, options: Options | None = None, **body: Unpack[inputs.ReplayInput]
    ) -> answers.Replayed:
        """Send an order's events once more, from a sequence on, in their order."""
        return await self._send(
            Call("POST", path("webhook", webhook_id, "replay"), answers.Replayed, body=body, accepted=True), options
        )

    async def rotate(self, webhook_id: str, *, options: Options | None = None) -> answers.WebhookWithSecret:
        """A new secret, shown once; for 24 hours both sign."""
        return await self._send(Call("POST", path("webhook", webhook_id, "rotate"), answers.WebhookWithSecret), options)

"""Every verb through every face that offers it, and what it writes in the book (contract sections 5 to 9)."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from tests.api import views
from tests.api.book import Book
from tests.api.faces import Story, as_uuid

Do = Callable[[Story], Awaitable[Any]]
CARD: Final = "pm_card_visa"
ADDRESS: Final = {"line1": "456 Oak Ave", "city": "Portland", "state": "OR", "postalCode": "97201", "country": "US"}
SHIP_TO: Final = {"address1": "456 Oak Ave", "city": "Portland", "state": "OR", "zip": "97201", "country": "US"}


async def place(story: Story, face: str) -> None:
    """A new order of two shirts, read through all four."""
    await PLACING[face](story)
    await story.agree()


async def perform(story: Story, verb: str, face: str) -> None:
    """The verb through the face; the book; all four read."""
    before = len(story.events)
    await VERBS[verb][face](story)
    EFFECTS[verb](story.book)
    await story.agree()
    new = {event["type"] for event in story.events[before:]}
    assert EVENTS[verb] <= new, (verb, face, new)


# Placing.


async def _place_hanzo(story: Story) -> None:
    made = await story.send("POST", "/order", {
        "email": "jane@example.com", "customerId": f"cust_{story.mark}", "shippingAddress": ADDRESS,
        "items": [{"variantId": "var_xyz789", "quantity": 2, "unitPrice": 2999}], "shippingMethodId": "ship_standard",
    })  # fmt: skip
    story.ulid, story.number = made["id"].removeprefix("order_"), int(made["displayId"].removeprefix("#"))


async def _place_storefront(story: Story) -> None:
    """Confirmed at once. Its UUID is all it says; the ULID is another face's spelling of the number."""
    made = (await story.send("POST", "/api/v1/orders", {
        "email": "jane@example.com", "customer_id": f"cust_{story.mark}", "shipping_address": SHIP_TO,
        "line_items": [{"variant_id": "var_xyz789", "quantity": 2, "price": "29.99"}],
        "shipping_lines": [{"title": "Standard Shipping", "price": "5.99"}],
    }))["data"]  # fmt: skip
    story.number = int(made["order_number"])
    story.ulid = (await story.send("GET", f"/order/{story.number}", None))["id"].removeprefix("order_")
    assert as_uuid(story.ulid) == made["id"]
    story.book.confirm()


PLACING: Final[dict[str, Do]] = {"hanzo": _place_hanzo, "storefront": _place_storefront}
"""zephyr and commercehq cannot create (documents 002 and 004)."""


# Verbs.


def post(face: str, rest: str, body: Any = None) -> Do:
    """One request; `body` may be made from the story."""
    return call("POST", face, rest, body)


def call(method: str, face: str, rest: str, body: Any = None) -> Do:
    async def do(story: Story) -> None:
        made = body(story) if callable(body) else body
        await story.send(method, story.path(face, rest), {} if made is None else made)

    return do


def transaction(kind: str, **more: Any) -> Do:
    return post("storefront", "/transactions", {"kind": kind, **more})


def take_money(kind: str, **more: Any) -> Do:
    return transaction(kind, payment_method=CARD, **more)


def latest(kind: str) -> Do:
    """A capture or a void, of the last hold."""

    async def do(story: Story) -> None:
        path = story.path("storefront", "/transactions")
        holds = [t for t in (await story.send("GET", path, None))["data"] if t["kind"] == "authorization"]
        await story.send("POST", path, {"kind": kind, "parent_id": holds[-1]["id"]})

    return do


async def _send_rest_then_ship(story: Story) -> None:
    """What commercehq ships is what was sent."""
    if story.book.total_of("sent") < story.book.total_of("quantity") - story.book.total_of("cancelled"):
        await story.send("POST", story.path("commercehq", "/fulfilments"), {})
    view = await story.send("GET", story.path("commercehq"), None)
    shipped = {parcel["fulfilment_id"] for parcel in view["shipments"]}
    waiting = [f["id"] for f in view["fulfilments"] if f["id"] not in shipped]
    await story.send("POST", story.path("commercehq", "/shipments"), {"data": {"fulfilment_id": waiting}})


async def _send_one_then_ship(story: Story) -> None:
    view = await story.send("POST", story.path("commercehq", "/fulfilments"), {"items": [story.units("commercehq")]})
    parcel = {"fulfilment_id": view["fulfilments"][-1]["id"], "tracking_number": "1Z", "shipping_carrier": "UPS"}
    await story.send("POST", story.path("commercehq", "/shipments"), {"data": parcel})


async def _fulfilments(story: Story, face: str) -> list[Any]:
    if face == "commercehq":
        found: list[Any] = story.views["commercehq"]["fulfilments"]
        return found
    path = story.path("storefront", "/fulfillments")
    return [f["id"] for f in (await story.send("GET", path, None))["data"] if f["status"] != "cancelled"]


async def _cancel_fulfilments(story: Story) -> None:
    for found in await _fulfilments(story, "storefront"):
        await story.send("POST", story.path("storefront", f"/fulfillments/{found}/cancel"), {})


async def _delete_fulfilments(story: Story) -> None:
    parcels = ",".join(str(parcel["id"]) for parcel in story.views["commercehq"]["shipments"])
    if parcels:
        await story.send("DELETE", story.path("commercehq", f"/shipments/{parcels}"), None)
    found = ",".join(str(f["id"]) for f in await _fulfilments(story, "commercehq"))
    await story.send("DELETE", story.path("commercehq", f"/fulfilments/{found}"), None)


async def _delete_shipments(story: Story) -> None:
    parcels = ",".join(str(parcel["id"]) for parcel in story.views["commercehq"]["shipments"])
    await story.send("DELETE", story.path("commercehq", f"/shipments/{parcels}"), None)


async def _deliver_each(story: Story) -> None:
    for found in await _fulfilments(story, "storefront"):
        await story.send("PUT", story.path("storefront", f"/fulfillments/{found}"), {"status": "delivered"})


async def _return(story: Story) -> None:
    made = await story.send("POST", story.path("hanzo", "/return"), {"items": [story.units("hanzo")]})
    await story.send("POST", story.path("hanzo", f"/return/{made['id']}/approve"), {})
    await story.send("POST", story.path("hanzo", f"/return/{made['id']}/receive"), {})


async def _rejected(story: Story) -> None:
    made = await story.send("POST", story.path("hanzo", "/return"), {"items": [story.units("hanzo")]})
    await story.send("POST", story.path("hanzo", f"/return/{made['id']}/reject"), {"reason": "worn"})


async def _note(story: Story) -> None:
    path = story.path("storefront", "/notes")
    made = (await story.send("POST", path, {"body": "called", "author": "Jo"}))["data"]
    assert [note["id"] for note in (await story.send("GET", path, None))["data"]] == [made["id"]]
    await story.send("DELETE", f"{path}/{made['id']}", None)


async def _refund_calculated(story: Story) -> None:
    """The calculation, posted back as it is."""
    body = {"refund_line_items": [{"line_item_id": story.line("storefront"), "quantity": 1}]}
    told = await story.send("POST", story.path("storefront", "/refunds/calculate"), body)
    await story.send("POST", story.path("storefront", "/refunds"), told["data"])


def _refunded_unit(restock: bool) -> Callable[[Story], Any]:
    return lambda story: {
        "refund_line_items": [{"line_item_id": story.line("storefront"), "quantity": 1, "restock": restock}]
    }


def _line_path(method: str, at: int, body: Any = None) -> Do:
    async def do(story: Story) -> None:
        await story.send(method, story.path("storefront", f"/line_items/{story.line('storefront', at)}"), body)

    return do


REFUND: Final = 150
PART: Final = 2000
VERBS: Final[dict[str, dict[str, Do]]] = {
    "confirm": {"hanzo": post("hanzo", "/confirm")},
    "pay part": {
        "hanzo": post("hanzo", "/pay", {"paymentMethod": CARD, "amount": PART}),
        "storefront": take_money("sale", amount=views.dollars(PART)),
    },
    "pay": {
        "hanzo": post("hanzo", "/pay", {"paymentMethod": CARD}),
        "storefront": take_money("sale"),
        "storefront, elsewhere": transaction("sale", gateway="manual"),
        "zephyr": call("PATCH", "zephyr", "", {"status": "paid"}),
    },
    "authorize": {
        "hanzo": post("hanzo", "/authorize", {"paymentMethod": CARD}),
        "hanzo, pay": post("hanzo", "/pay", {"paymentMethod": CARD, "capture": False}),
        "storefront": take_money("authorization"),
    },
    "capture": {"hanzo": post("hanzo", "/capture"), "storefront": latest("capture")},
    "void": {"hanzo": post("hanzo", "/void"), "storefront": latest("void")},
    "send one": {"commercehq": post("commercehq", "/fulfilments", lambda s: {"items": [s.units("commercehq")]})},
    "ship one": {
        "hanzo": post("hanzo", "/fulfill", lambda s: {"items": [s.units("hanzo")], "trackingNumber": "1Z"}),
        "storefront": post("storefront", "/fulfillments", lambda s: {"line_items": [s.units("storefront")]}),
        "commercehq": _send_one_then_ship,
    },
    "ship": {
        "hanzo": post("hanzo", "/fulfill"),
        "storefront": post("storefront", "/fulfillments"),
        "zephyr": call("PATCH", "zephyr", "", {"fulfilment": {"status": "shipped", "carrier": "UPS"}}),
        "commercehq": _send_rest_then_ship,
    },
    "unship": {"commercehq": _delete_shipments},
    "take back": {"storefront": _cancel_fulfilments, "commercehq": _delete_fulfilments},
    "deliver": {
        "hanzo": post("hanzo", "/deliver"),
        "storefront": _deliver_each,
        "zephyr": call("PATCH", "zephyr", "", {"fulfilment": {"status": "delivered"}}),
    },
    "refund": {
        "hanzo": post("hanzo", "/refund", {"amount": REFUND, "reason": "late"}),
        "zephyr": post("zephyr", "/refunds", {"amount_cents": REFUND, "reason": "requested_by_customer"}),
        "storefront": post("storefront", "/refunds", {"amount": views.dollars(REFUND)}),
        "commercehq": post("commercehq", "/refunds", {"amount": REFUND / 100}),
    },
    "refund the rest": {
        "hanzo": post("hanzo", "/refund"),
        "zephyr": post("zephyr", "/refunds"),
        "storefront": post("storefront", "/refunds"),
        "commercehq": post("commercehq", "/refunds"),
    },
    "refund a unit": {
        "hanzo": post("hanzo", "/refund", lambda s: {"items": [s.units("hanzo")]}),
        "storefront": post("storefront", "/refunds", _refunded_unit(False)),
        "storefront, calculated": _refund_calculated,
    },
    "refund and restock a unit": {
        "hanzo": post("hanzo", "/refund", lambda s: {"items": [{**s.units("hanzo"), "restock": True}]}),
        "storefront": post("storefront", "/refunds", _refunded_unit(True)),
    },
    "restock a unit": {"commercehq": post("commercehq", "/restocks", lambda s: {"items": [s.units("commercehq")]})},
    "cancel a unit": {"hanzo": post("hanzo", "/items/cancel", lambda s: {"items": [s.units("hanzo")]})},
    "cancel": {
        "hanzo": post("hanzo", "/cancel", {"reason": "customer_request"}),
        "zephyr": post("zephyr", "/cancel"),
        "zephyr, patched": call("PATCH", "zephyr", "", {"status": "cancelled"}),
        "storefront": post("storefront", "/cancel", {"reason": "inventory"}),
    },
    "close": {"storefront": post("storefront", "/close")},
    "reopen": {"storefront": post("storefront", "/reopen")},
    "return": {"hanzo": _return},
    "reject a return": {"hanzo": _rejected},
    "note": {"storefront": _note},
    "update": {
        "hanzo": call("PATCH", "hanzo", "", {"notes": "gift", "tags": ["vip"], "metadata": {"a": 1}}),
        "zephyr": call("PATCH", "zephyr", "", {"metadata": {"a": 1}}),
        "storefront": call("PUT", "storefront", "", {"note": "gift", "tags": ["vip"], "note_attributes": {"a": 1}}),
    },
    "add a line": {
        "storefront": post("storefront", "/line_items", {"title": "Card", "price": "10.01", "quantity": 3}),
    },
    "want more": {"storefront": _line_path("PUT", 0, {"quantity": 3, "price": "29.99"})},
    "want less": {"storefront": _line_path("PUT", 0, {"quantity": 1})},
    "remove the line": {"storefront": _line_path("DELETE", 1)},
}  # fmt: skip
"""Verb -> face -> how it asks. A face with two ways has two rows."""


def sells(book: Book) -> list[tuple[int, int]]:
    return [(line.price, line.quantity) for line in book.lines]


EFFECTS: Final[dict[str, Callable[[Book], None]]] = {
    "confirm": Book.confirm,
    "pay part": lambda book: book.pay(PART),
    "pay": Book.pay,
    "authorize": Book.authorize,
    "capture": Book.capture,
    "void": Book.void,
    "send one": lambda book: book.send(1),
    "ship one": lambda book: book.ship(1),
    "ship": Book.ship,
    "unship": Book.unship,
    "take back": Book.take_back,
    "deliver": Book.deliver,
    "refund": lambda book: book.refund(REFUND),
    "refund the rest": Book.refund,
    "refund a unit": Book.refund_units,
    "refund and restock a unit": lambda book: book.refund_units(restock=True),
    "restock a unit": Book.restock,
    "cancel a unit": Book.cancel_units,
    "cancel": Book.cancel,
    "close": Book.close,
    "reopen": Book.reopen,
    "return": Book.receive,
    "reject a return": lambda book: None,
    "note": lambda book: None,
    "update": lambda book: None,
    "add a line": lambda book: book.edit(*sells(book), (1001, 3)),
    "want more": lambda book: book.edit((2999, 3), *sells(book)[1:]),
    "want less": lambda book: book.edit((2999, 1), *sells(book)[1:]),
    "remove the line": lambda book: book.edit(*sells(book)[:1]),
}
"""Verb -> what it writes in the book, through whichever face."""

EVENTS: Final[dict[str, set[str]]] = {
    "confirm": {"order.confirmed"},
    "pay part": {"payment.captured"},
    "pay": {"payment.captured", "order.paid"},
    "authorize": {"payment.authorized"},
    "capture": {"payment.captured", "order.paid"},
    "void": {"payment.voided"},
    "send one": {"fulfillment.created"},
    "ship one": {"fulfillment.created", "order.shipped"},
    "ship": {"order.shipped"},
    "unship": {"shipment.deleted"},
    "take back": {"fulfillment.cancelled"},
    "deliver": {"order.delivered"},
    "refund": {"order.refunded"},
    "refund the rest": {"order.refunded"},
    "refund a unit": {"order.refunded"},
    "refund and restock a unit": {"order.refunded"},
    "restock a unit": {"order.restocked"},
    "cancel a unit": {"order.items_cancelled"},
    "cancel": {"order.cancelled"},
    "close": {"order.closed"},
    "reopen": {"order.reopened"},
    "return": {"order.return_requested", "order.return_received", "order.refunded"},
    "reject a return": {"order.return_rejected"},
    "note": {"order.note_created", "order.note_deleted"},
    "update": {"order.updated"},
    "add a line": {"order.edited"},
    "want more": {"order.edited"},
    "want less": {"order.edited"},
    "remove the line": {"order.edited"},
}

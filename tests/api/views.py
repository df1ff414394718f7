"""What each face must say of an order, by its book (contract sections 6 to 9): statuses from the contract's tables."""

from typing import Any

from tests.api.book import Book, Line


def hanzo(book: Book) -> dict[str, Any]:
    return {
        "status": _hanzo_status(book),
        "lifecycle": _lifecycle(book),
        "paymentStatus": _payment_status(book),
        "fulfillmentStatus": _fulfillment_status(book),
        "subtotal": book.goods,
        "tax": book.tax,
        "taxTotal": book.tax,
        "shipping": book.shipping,
        "total": book.total,
        "amountDue": book.due,
        "capturedTotal": book.captured,
        "refundedTotal": book.refunded,
    }


def zephyr(book: Book) -> dict[str, Any]:
    return {
        "status": _zephyr_status(book),
        "subtotal_cents": book.goods,
        "tax_total_cents": book.tax,
        "shipping_total_cents": book.shipping,
        "total_cents": book.total,
        "amount_refunded_cents": book.refunded,
    }


def storefront(book: Book) -> dict[str, Any]:
    return {
        "status": "cancelled" if book.stage == "cancelled" else "closed" if book.closed else "open",
        "financial_status": _financial_status(book),
        "fulfillment_status": _fulfillment_status(book),
        "subtotal_price": dollars(book.goods),
        "total_tax": dollars(book.tax),
        "total_shipping": dollars(book.shipping),
        "total_price": dollars(book.total),
        "total_items": book.total_of("quantity"),
    }


def commercehq(book: Book) -> dict[str, Any]:
    return {
        "status": _commercehq_status(book),
        "paid": _paid(book),
        "tax": book.tax / 100,
        "total": book.total / 100,
        "refunded": book.refunded / 100,
        "refund_possible": book.captured > book.refunded,
    }


def counters(book: Book, line: Line) -> dict[str, int]:
    """commercehq's, disjoint; of a cancelled order every unit is restocked."""
    cancelled = line.quantity if book.stage == "cancelled" else line.cancelled
    return {
        "quantity": line.quantity,
        "not_fulfilled": line.quantity - cancelled - line.sent,
        "fulfilled": line.sent - line.shipped,
        "shipped": line.shipped - line.returned,
        "restocked": cancelled + line.returned,
    }


def zephyr_fulfilment(book: Book) -> str:
    units = book.total_of("quantity") - book.total_of("cancelled")
    if units and book.total_of("delivered") == units:
        return "delivered"
    if units and book.total_of("shipped") == units:
        return "shipped"
    return "partial" if book.total_of("sent") else "unfulfilled"


def dollars(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"


def _hanzo_status(book: Book) -> str:
    units = book.total_of("quantity") - book.total_of("cancelled")
    table = [
        ("cancelled", book.stage == "cancelled"),
        ("pending", book.stage == "draft"),
        ("returned", units > 0 and book.total_of("returned") == units),
        ("refunded", _payment_status(book) == "refunded"),
        ("delivered", units > 0 and book.total_of("delivered") == units),
        ("shipped", units > 0 and book.total_of("shipped") == units),
        ("processing", book.total_of("sent") > 0),
        ("confirmed", book.account.net > 0 or book.held > 0),
    ]
    return next((word for word, holds in table if holds), "pending")


def _lifecycle(book: Book) -> str:
    units = book.total_of("quantity") - book.total_of("cancelled")
    table = [
        ("cancelled", book.stage == "cancelled"),
        ("draft", book.stage == "draft"),
        ("returned", units > 0 and book.total_of("returned") == units),
        ("delivered", units > 0 and book.total_of("delivered") == units),
        ("shipped", units > 0 and book.total_of("shipped") == units),
        ("paid", book.paid),
    ]
    return next((word for word, holds in table if holds), "confirmed")


def _payment_status(book: Book) -> str:
    table = [
        ("refunded", book.captured > 0 and book.refunded == book.captured and book.due == 0),
        ("captured", book.paid and book.stage != "cancelled"),
        ("authorized", book.account.net > 0 or book.held > 0),
    ]
    return next((word for word, holds in table if holds), "pending")


def _fulfillment_status(book: Book) -> str:
    units, sent = book.total_of("quantity") - book.total_of("cancelled"), book.total_of("sent")
    return "fulfilled" if units and sent == units else "partial" if sent else "unfulfilled"


def _zephyr_status(book: Book) -> str:
    table = [
        ("cancelled", book.stage == "cancelled"),
        ("created", not book.paid),
        ("refunded", book.refunded > 0 and book.refunded == book.captured),
        ("partially_refunded", book.refunded > 0),
    ]
    return next((word for word, holds in table if holds), "paid")


def _financial_status(book: Book) -> str:
    ended, due = book.stage == "cancelled", book.stage == "draft" or book.due > 0
    table = [
        ("voided", ended and book.captured == 0),
        ("partially_paid", not ended and due and book.account.net > 0),
        ("authorized", not ended and due and book.held > 0),
        ("pending", not ended and due),
        ("voided", not ended and not book.paid and book.closed),
        ("pending", not ended and not book.paid),
        ("refunded", book.refunded > 0 and book.refunded == book.captured),
        ("partially_refunded", book.refunded > 0),
    ]
    return next((word for word, holds in table if holds), "paid")


def _paid(book: Book) -> int:
    if book.stage != "cancelled" and not book.paid:
        return 0
    if book.captured == 0:
        return 1 if book.stage != "cancelled" and book.total == 0 else 0
    return -2 if book.refunded == book.captured else -1 if book.refunded else 1


def _commercehq_status(book: Book) -> int:
    """q, s, h of section 9, summed over the lines' counters."""
    lines = [counters(book, line) for line in book.lines]
    q = sum(c["quantity"] - c["restocked"] for c in lines)
    h = sum(c["shipped"] for c in lines)
    s = h + sum(c["fulfilled"] for c in lines)
    table = [
        (5, h == q > 0),
        (4, s == q and 0 < h < q),
        (3, s == q > 0 and h == 0),
        (2, s < q and h > 0),
        (1, 0 < s < q),
    ]
    return next((word for word, holds in table if holds), 0)

"""Customer notifications: one mail from a template, over SMTP, or as an `.eml` file in the state directory's outbox/.

A mail never holds an order up: it is queued in the order's own transaction and sent by a workflow of its own,
which retries and shows in the web UI. The Message-ID is the outbox row's, so that a repeat is recognised.
"""

from collections.abc import Iterable
from email.headerregistry import Address
from email.message import EmailMessage
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

import aiosmtplib
from email_validator import validate_email
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.failures import unavailable
from domain import ledger
from domain.money import format_decimal
from domain.order import Claim, Order, Return
from store.database.clock import wall
from store.database.engine import StoreUnavailable
from store.order import orders
from store.outgoing import outbox
from workflows.messages import SEND_NOTIFICATION

TEMPLATES: Final[dict[str, tuple[str, str]]] = {
    "order_placed": ("Your order #{number}", "Thank you for your order.\n\n{lines}\n\nTotal: {total}\n"),
    "order_shipped": ("Your order #{number} is on its way", "These goods left us:\n\n{lines}\n\n{tracking}\n"),
    "order_cancelled": ("Your order #{number} was cancelled", "Your order was cancelled.{refunded}\n"),
    "order_refunded": ("Your refund for order #{number}", "We refunded {refund}.{reason}\n"),
    "return_approved": ("Your return of order #{number}", "You may send back:\n\n{return_lines}\n{return_how}"),
    "exchange_overdue": (
        "Your exchange of order #{number}",
        "We sent you:\n\n{new_lines}\n\nWhat you wanted to send back did not reach us in time.{due}\n",
    ),
    "claim_created": (
        "About your order #{number}",
        "We are sorry about these goods:\n\n{claim_lines}\n\n{claim_how}\n",
    ),
    "order_note": ("About your order #{number}", "{note}\n"),
}
"""Template -> (subject, text)."""


class Notifications:
    """Sends what waits in the outbox. `smtp_url` None: files under `outbox_dir`."""

    def __init__(self, engine: AsyncEngine, *, smtp_url: str | None, outbox_dir: Path, sender: str) -> None:
        self._engine = engine
        self._smtp_url = smtp_url
        self._outbox_dir = outbox_dir
        self._sender = sender

    @activity.defn(name=SEND_NOTIFICATION)
    async def send(self, outbox_id: int) -> str:
        """'sent' or why there was nothing to send. SMTP errors are retried."""
        try:
            row = await outbox.find(self._engine, outbox_id)
            order = await orders.load(self._engine, row.order_id) if row is not None else None
            if row is None or order is None or not order.email:
                await outbox.drained(self._engine, [outbox_id], wall())
                return "nobody to write to"
            try:
                message = render(order, str(row.payload["template"]), row.payload.get("subject"), self._sender)
            except ValueError:
                # An order of earlier days, or an import: trying again would send it no better.
                await outbox.drained(self._engine, [outbox_id], wall())
                return "no address a mail can be sent to"
            message["Message-ID"] = f"<{order.id}.{outbox_id}@ordermill>"
            await self._deliver(message, outbox_id)
            await outbox.drained(self._engine, [outbox_id], wall())
        except StoreUnavailable as error:
            raise unavailable(error) from None
        return "sent"

    async def _deliver(self, message: EmailMessage, outbox_id: int) -> None:
        if self._smtp_url is None:
            self._outbox_dir.mkdir(parents=True, exist_ok=True)
            (self._outbox_dir / f"{outbox_id:08d}.eml").write_bytes(message.as_bytes())
            return
        url = urlsplit(self._smtp_url)
        try:
            await aiosmtplib.send(
                message,
                hostname=url.hostname,
                port=url.port,
                username=unquote(url.username) if url.username else None,
                password=unquote(url.password) if url.password else None,
                use_tls=url.scheme == "smtps",
                timeout=20,
            )
        except (aiosmtplib.SMTPException, OSError) as error:
            raise ApplicationError(
                f"the mail server did not take it: {type(error).__name__}", type="MailFailed"
            ) from None


def render(order: Order, template: str, child: object, sender: str) -> EmailMessage:
    """The mail of a template about one order; `child` is the refund, fulfilment, return or note it is about."""
    subject, text = TEMPLATES[template]
    fields = _fields(order, child)
    message = EmailMessage()
    message["From"] = sender
    message["To"] = Address(addr_spec=sendable(order.email or ""))
    message["Subject"] = subject.format(**fields)
    message.set_content(text.format(**fields))
    return message


def sendable(address: str) -> str:
    """The address as SMTP takes it, an international domain as `xn--…`. ValueError for one that no mail can be sent to."""
    known = validate_email(address, check_deliverability=False, test_environment=True, allow_smtputf8=False)
    if known.ascii_email is None or "=?" in address:
        raise ValueError("an encoded word is no address")
    return known.ascii_email


def _fields(order: Order, child: object) -> dict[str, str]:
    refund = next((r for r in order.refunds if r.id == child), order.refunds[-1] if order.refunds else None)
    fulfillment = next((f for f in order.fulfillments if f.id == child), None)
    made = next((r for r in order.returns if r.id == child), None)
    note = next((n for n in order.notes if n.id == child), None)
    tracking = fulfillment.tracking if fulfillment else None
    exchange = next((one for one in order.exchanges if child in (one.id, one.return_id)), None)
    claim = next((one for one in order.claims if one.id == child), None)
    due = ledger.due(order)
    return {
        "number": str(order.number),
        "lines": "\n".join(f"  {line.quantity} x {line.title}" for line in order.lines),
        "total": _money(order, order.total),
        "tracking": " ".join(filter(None, [tracking.company, tracking.number, tracking.url])) if tracking else "",
        "refund": _money(order, refund.amount) if refund else "",
        "refunded": f" {_money(order, refund.amount)} will be returned to you." if refund else "",
        "reason": f"\n\n{refund.reason}" if refund and refund.reason else "",
        "note": note.body if note else "",
        "return_lines": _return_lines(order, made) if made else "",
        "new_lines": _titled((line.quantity, line.title) for line in exchange.new_lines) if exchange else "",
        "due": f" {_money(order, due)} is due for it." if due else "",
        "claim_lines": _claim_lines(order, claim) if claim else "",
        "claim_how": _claim_how(order, claim) if claim else "",
        "return_how": _return_how(made) if made else "",
    }


def _return_lines(order: Order, made: Return) -> str:
    titles = {line.id: line.title for line in order.lines}
    return _titled((item.quantity, titles.get(item.line_id, "")) for item in made.items)


def _titled(goods: Iterable[tuple[int, str]]) -> str:
    return "\n".join(f"  {quantity} x {title}" for quantity, title in goods)


def _claim_lines(order: Order, claim: Claim) -> str:
    titles = {line.id: line.title for line in order.lines}
    return _titled((item.quantity, titles.get(item.line_id, "")) for item in claim.items)


def _claim_how(order: Order, claim: Claim) -> str:
    if claim.refund_id is not None:
        return f"{_money(order, order.refund(claim.refund_id).amount)} will be returned to you."
    new = _titled((line.quantity, line.title) for line in order.lines if line.id in claim.line_ids)
    return f"These are sent to you for them:\n\n{new}"


def _return_how(made: Return) -> str:
    """Until when, how, and with what on the parcel: each where it is said."""
    label = made.label
    parts = [
        f"Please send it until {made.ship_by:%Y-%m-%d %H:%M} UTC." if made.ship_by else None,
        made.instructions,
        " ".join(filter(None, ["Label:", label.carrier, label.tracking_number, label.url])) if label else None,
    ]
    return "".join(f"\n{part}\n" for part in parts if part)


def _money(order: Order, amount: int) -> str:
    return f"{format_decimal(amount, order.currency)} {order.currency}"

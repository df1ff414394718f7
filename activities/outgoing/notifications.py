"""Customer notifications: one mail (mails/), over SMTP, or as an `.eml` file in the state directory's outbox/.

A mail never holds an order up: it is queued in the order's own transaction and sent by a workflow of its own,
which retries and shows in the web UI.
"""

from email.message import EmailMessage
from pathlib import Path
from urllib.parse import unquote, urlsplit

import aiosmtplib
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.failures import unavailable
from domain.order import Order
from domain.policy import Store
from mails.letters import Letters, NoSuchMail
from mails.message import message, sendable
from store.database.clock import wall
from store.database.engine import StoreUnavailable
from store.order import orders
from store.outgoing import outbox
from store.outgoing.outbox import Outgoing
from workflows.messages import SEND_NOTIFICATION


class Notifications:
    """Sends what waits in the outbox. `smtp_url` None: files under `outbox_dir`."""

    def __init__(
        self,
        engine: AsyncEngine,
        *,
        smtp_url: str | None,
        outbox_dir: Path,
        store: Store,
        templates: Path | None = None,
    ) -> None:
        self._engine = engine
        self._smtp_url = smtp_url
        self.outbox_dir = outbox_dir
        self._store = store
        self._letters = Letters(store, templates)

    @activity.defn(name=SEND_NOTIFICATION)
    async def send(self, outbox_id: int) -> str:
        """'sent' or why there was nothing to send. SMTP errors are retried."""
        try:
            row = await outbox.find(self._engine, outbox_id)
            order = await orders.load(self._engine, row.order_id) if row is not None else None
            if row is None or order is None or not order.email:
                await outbox.drained(self._engine, [outbox_id], wall())
                return "nobody to write to"
            made = self._message(order, row)
            if made is None:
                # An order of earlier days, or an import: trying again would send it no better.
                await outbox.drained(self._engine, [outbox_id], wall())
                return "no address a mail can be sent to"
            await self._deliver(made, outbox_id)
            await outbox.drained(self._engine, [outbox_id], wall())
        except StoreUnavailable as error:
            raise unavailable(error) from None
        return "sent"

    def _message(self, order: Order, row: Outgoing) -> EmailMessage | None:
        """None: the address is none a mail can be sent to."""
        mail = str(row.payload["template"])
        try:
            letter = self._letters.write(order, mail, row.payload.get("subject"))
        except NoSuchMail:
            # A newer release wrote it, while this older worker still runs: the next attempt may meet another worker.
            raise ApplicationError(f"this release has no mail called {mail}", type="NoSuchMail") from None
        try:
            to = sendable(order.email or "")
        except ValueError:
            return None
        return message(
            letter, to=to, store=self._store, ident=f"{order.id}.{row.id}.{row.created_at}", at=row.created_at
        )

    async def _deliver(self, message: EmailMessage, outbox_id: int) -> None:
        if self._smtp_url is None:
            self.outbox_dir.mkdir(parents=True, exist_ok=True)
            (self.outbox_dir / f"{outbox_id:08d}.eml").write_bytes(message.as_bytes())
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

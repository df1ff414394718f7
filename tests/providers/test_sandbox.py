"""The provider contract, run by the sandbox on its own tables."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from activities.providers.base import ProviderRefused, ProviderUnavailable, RefundRequest
from activities.providers.sandbox import SandboxProvider
from activities.providers.sandbox_later import LATER_SECONDS
from store.database.engine import create_engine, reading, writing
from store.money import parked
from store.tables import sandbox_payments
from tests.databases import sqlite_template, sqlite_url
from tests.providers.contract import PaymentProviderContract, Peer, authorized, payment

__all__ = ["sqlite_template", "sqlite_url"]


class Forgetful(SandboxProvider):
    """Loses the answer of one call, after its effect."""

    losing = False

    def __getattribute__(self, name: str):  # type: ignore[no-untyped-def]
        found = super().__getattribute__(name)
        if name not in ("authorize", "capture", "refund") or not self.losing:
            return found
        self.losing = False

        async def lost(request):  # type: ignore[no-untyped-def]
            await found(request)
            raise ProviderUnavailable("no answer", code="no_answer")

        return lost


class SandboxPeer(Peer):
    def __init__(self, url: str) -> None:
        self.engine = create_engine(url)
        self.ahead = timedelta()
        self.provider: Forgetful = Forgetful(self.engine, lambda: datetime.now(UTC) + self.ahead)

    async def lose_next_answer(self) -> None:
        self.provider.losing = True

    async def authenticate(self, ref: str, passed: bool) -> None:
        if passed:
            return  # looking again is the customer's consent (sandbox.py)
        async with writing(self.engine) as conn:
            await conn.execute(update(sandbox_payments).where(sandbox_payments.c.ref == ref).values(state="declined"))

    async def later(self) -> None:
        self.ahead += timedelta(seconds=LATER_SECONDS)

    async def moved(self, ref: str) -> tuple[int, int]:
        """Captures by its books; refunds one by one, as they stand."""
        async with reading(self.engine) as conn:
            query = select(sandbox_payments).where(sandbox_payments.c.ref == ref)
            row = (await conn.execute(query)).mappings().one_or_none()
        made = await self.provider.refunds(ref)
        return (0, 0) if row is None else (row["captured"], sum(r.amount for r in made if r.status != "failed"))


class TestSandbox(PaymentProviderContract):
    @pytest.fixture
    async def peer(self, sqlite_url: str) -> AsyncIterator[SandboxPeer]:
        made = SandboxPeer(sqlite_url)
        yield made
        await made.engine.dispose()


async def test_what_comes_later_is_parked_for_the_moment_it_comes_and_once(sqlite_url: str) -> None:
    """No webhook, no bank: the sweep finds the word where Stripe's would have been kept."""
    peer = SandboxPeer(sqlite_url)
    began = int(datetime.now(UTC).timestamp())
    for n, method in enumerate(
        ("pm_card_visa", "pm_card_pendingRefund", "pm_card_refundFail", "pm_card_createDispute")
    ):
        request = payment(f"o{n}:1:pay", payment_method=method, capture=True, order_id=f"order_{n}")
        _, paid = await authorized(peer, request)
        await peer.provider.authorize(replace(request, ref=paid.ref))
        refund = RefundRequest(f"o{n}:2:refund", paid.ref, 500, "USD")
        for _ in range(2):
            with contextlib.suppress(ProviderRefused):
                await peer.provider.refund(refund)
    waiting = await parked.waiting(peer.engine)
    told = {e.body["type"]: (e.body["order_id"], e.received_at - began >= LATER_SECONDS) for e in waiting}
    assert told == {
        "refund.updated": ("order_1", True), "refund.failed": ("order_2", True), "charge.dispute.created": ("order_3", False)
    }  # fmt: skip
    assert len(waiting) == 3
    await peer.engine.dispose()

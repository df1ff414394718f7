"""The provider contract, run by the sandbox on its own tables."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select, update

from activities.providers.base import ProviderUnavailable
from activities.providers.sandbox import SandboxProvider
from store.engine import create_engine, reading, writing
from store.tables import sandbox_payments
from tests.databases import sqlite_template, sqlite_url
from tests.providers.contract import PaymentProviderContract, Peer

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
        self.provider: Forgetful = Forgetful(self.engine)

    async def lose_next_answer(self) -> None:
        self.provider.losing = True

    async def authenticate(self, ref: str, passed: bool) -> None:
        if passed:
            return  # looking again is the customer's consent (sandbox.py)
        async with writing(self.engine) as conn:
            await conn.execute(update(sandbox_payments).where(sandbox_payments.c.ref == ref).values(state="declined"))

    async def moved(self, ref: str) -> tuple[int, int]:
        async with reading(self.engine) as conn:
            query = select(sandbox_payments).where(sandbox_payments.c.ref == ref)
            row = (await conn.execute(query)).mappings().one_or_none()
        return (0, 0) if row is None else (row["captured"], row["refunded"])


class TestSandbox(PaymentProviderContract):
    @pytest.fixture
    async def peer(self, sqlite_url: str) -> AsyncIterator[SandboxPeer]:
        made = SandboxPeer(sqlite_url)
        yield made
        await made.engine.dispose()

"""An HTTP client over ASGI in process, and the shop behind it: the real app, the real store, a fake door."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from api.app import create_app
from domain.policy import ShopConfig
from ordermill.process.config import load
from ordermill.settings import Settings
from store.access import keys
from store.database.engine import create_engine
from store.goods import catalog
from tests.api.described import Described
from tests.api.door import FakeDoor, open_fake

ROOT = Path(__file__).parents[2]
NOW = 1_750_000_000
ADDRESS = {"line1": "456 Oak Ave", "city": "Portland", "state": "OR", "postalCode": "97201", "country": "US"}
DEMO = catalog.read_file(catalog.DEMO)
USUAL = load(Settings(config=ROOT / "ordermill.yaml"), {})
ITEMS = [{"variantId": "var_xyz789", "quantity": 2, "unitPrice": 2999}]


@dataclass
class Api:
    """One running app. `key` is a secret test key; other keys are made with `mint`."""

    http: httpx2.AsyncClient
    app: FastAPI
    door: FakeDoor
    db: AsyncEngine
    key: str

    async def mint(self, scope: Any = "secret", livemode: bool = False, customer: str | None = None) -> str:
        return (await keys.mint(self.db, scope=scope, livemode=livemode, now=NOW, customer_id=customer)).text

    async def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx2.Response:
        sent = {"Authorization": f"Bearer {key or self.key}", **(headers or {})}
        return (
            await self.http.request(method, path, json=body, headers=sent)
            if body is not None
            else await self.http.request(method, path, headers=sent)
        )

    async def ok(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        response = await self(method, path, body, **more)
        assert response.status_code < 300, (method, path, response.status_code, response.text)
        return response.json() if response.content else None

    async def order(self, **more: Any) -> Any:
        """A fresh order of two shirts to Oregon."""
        return await self.ok("POST", "/order", {"items": ITEMS, "shippingAddress": ADDRESS, **more})

    async def paid(self, **more: Any) -> Any:
        order = await self.order(**more)
        return await self.ok("POST", f"/order/{order['id']}/pay", {"paymentMethod": "pm_card_visa"})

    async def shipped(self, **more: Any) -> Any:
        order = await self.paid(**more)
        await self.ok("POST", f"/order/{order['id']}/fulfill", {})
        return await self.ok("GET", f"/order/{order['id']}")

    async def delivered(self, **more: Any) -> Any:
        order = await self.shipped(**more)
        return await self.ok("POST", f"/order/{order['id']}/deliver", {})


@asynccontextmanager
async def running(database_url: str, *, config: ShopConfig | None = None, **environment: Any) -> AsyncIterator[Api]:
    """The app over a database with the demo catalogue in test mode."""
    settings = Settings(database_url=database_url, config=ROOT / "ordermill.yaml", **environment)
    db = create_engine(database_url)
    await catalog.load(db, False, DEMO, NOW)
    minted = await keys.mint(db, scope="secret", livemode=False, now=NOW)
    doors: list[FakeDoor] = []

    async def opened(*args: Any) -> FakeDoor:
        doors.append(await open_fake(*args))
        return doors[0]

    app = create_app(settings, config=config or USUAL, door=opened)
    described = Described(app.openapi())
    async with app.router.lifespan_context(app):
        transport = httpx2.ASGITransport(app=app)
        hooks = {"response": [described.check]}
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000", event_hooks=hooks) as http:
            yield Api(http, app, doors[0], db, minted.text)
    await db.dispose()

"""The catalogue: what can be ordered, per mode, and its first stock (contract section 12).

Lines keep a snapshot of the entry, so changing or deleting one touches no order. Prices are minor units. What is on the shelf and
whether backorders are taken lives in `inventory`; an entry's first stock is set when it is loaded and never again.
"""

import asyncio
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import ConfigDict, Field, TypeAdapter, field_validator
from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from domain.base import Model
from domain.money import MAX_AMOUNT, is_currency
from store.database.engine import create_engine, fetch, is_sqlite, reading, writing
from store.tables import inventory as stock
from store.tables import variants as t

DEMO: Final = Path(__file__).with_name("demo_catalog.yaml")


class Variant(Model):
    """One catalogue entry. Unknown keys of a catalogue file are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    id: str = Field(min_length=1, max_length=64)
    product_name: str = Field(min_length=1, max_length=5000)
    """Without the variant: "Premium T-Shirt"."""
    unit_price: int = Field(ge=0, le=MAX_AMOUNT)
    """Minor units of `currency`."""
    currency: str = "USD"
    product_id: str | None = Field(None, max_length=64)
    variant_title: str | None = None
    """"Black / M"."""
    title: str = ""
    """Product and variant; made of the two when it is not given."""
    sku: str | None = Field(None, max_length=255)
    weight_grams: int | None = Field(None, ge=0)
    requires_shipping: bool = True
    is_gift_card: bool = False
    options: tuple[str, ...] = ()
    product_type: str | None = None
    vendor: str | None = None
    compare_price: int | None = Field(None, ge=0, le=MAX_AMOUNT)
    image_url: str | None = None
    auto_fulfilment: bool = False
    is_multi: bool = False
    track_inventory: bool = True
    """False: lines of it touch no stock."""
    allow_backorder: bool = False

    @field_validator("currency")
    @classmethod
    def _known_currency(cls, value: str) -> str:
        if not is_currency(value.upper()):
            raise ValueError("no ISO 4217 currency")
        return value.upper()

    @property
    def full_title(self) -> str:
        return self.title or " - ".join(part for part in (self.product_name, self.variant_title) if part)


class Entry(Variant):
    """An entry of a catalogue file: a variant and its first stock."""

    on_hand: int = Field(0, ge=0)
    """Units on the shelf when the variant is first loaded."""


async def upsert(engine: AsyncEngine, livemode: bool, variant: Variant, now: int) -> Variant:
    """Put an entry, new or changed; stock figures stay, a new one starts with none."""
    async with writing(engine) as conn:
        await _put(conn, livemode, variant, 0, now)
    return variant.model_copy(update={"title": variant.full_title})


async def load(engine: AsyncEngine, livemode: bool, entries: Iterable[Entry], now: int) -> int:
    """Put many at once, each with its first stock; answers how many."""
    count = 0
    async with writing(engine) as conn:
        for entry in sorted(entries, key=lambda entry: entry.id):
            await _put(conn, livemode, entry, entry.on_hand, now)
            count += 1
    return count


_STOCK_FIELDS: Final = frozenset({"track_inventory", "allow_backorder", "on_hand"})


async def _put(conn: AsyncConnection, livemode: bool, variant: Variant, first_stock: int, now: int) -> None:
    make = sqlite_insert if is_sqlite(conn) else pg_insert
    values = variant.model_dump(exclude=set(_STOCK_FIELDS)) | {
        "livemode": livemode, "title": variant.full_title, "options": list(variant.options), "updated_at": now,
    }  # fmt: skip
    entry = make(t)
    changed = {name: entry.excluded[name] for name in values if name not in ("livemode", "id")}
    await conn.execute(entry.on_conflict_do_update(index_elements=["livemode", "id"], set_=changed), values)
    shelf = make(stock)
    flags = {"allow_backorder": shelf.excluded.allow_backorder, "track": shelf.excluded.track}
    await conn.execute(
        shelf.on_conflict_do_update(index_elements=["livemode", "variant_id"], set_=flags),
        {
            "livemode": livemode, "variant_id": variant.id, "on_hand": first_stock, "reserved": 0,
            "allow_backorder": variant.allow_backorder, "track": variant.track_inventory,
        },
    )  # fmt: skip


_JOINED: Final = select(t, stock.c.allow_backorder, stock.c.track).join_from(
    t, stock, (stock.c.livemode == t.c.livemode) & (stock.c.variant_id == t.c.id), isouter=True
)


async def get(engine: AsyncEngine, livemode: bool, variant_id: str) -> Variant | None:
    """One entry of this mode."""
    return (await get_many(engine, livemode, [variant_id])).get(variant_id)


async def get_many(engine: AsyncEngine, livemode: bool, variant_ids: Iterable[str]) -> dict[str, Variant]:
    """Entries by id; those that do not exist are absent."""
    found = await fetch(engine, _WANTED, {"mode": livemode, "wanted": sorted(set(variant_ids))})
    return {row.id: _variant(row._asdict()) for row in found}


_WANTED: Final = _JOINED.where(t.c.livemode == bindparam("mode"), t.c.id.in_(bindparam("wanted", expanding=True)))


@dataclass(frozen=True)
class CatalogPage:
    """`count` entries in all, and one page of them by id."""

    count: int
    entries: list[Variant]


async def page(engine: AsyncEngine, livemode: bool, *, page: int = 1, size: int = 20) -> CatalogPage:
    """One page of the catalogue, by id."""
    query = _JOINED.where(t.c.livemode == livemode).order_by(t.c.id).limit(size).offset((page - 1) * size)
    async with reading(engine) as conn:
        count = (await conn.execute(select(func.count()).select_from(t).where(t.c.livemode == livemode))).scalar_one()
        return CatalogPage(int(count), [_variant(row._asdict()) for row in await conn.execute(query)])


async def remove(engine: AsyncEngine, livemode: bool, variant_id: str) -> bool:
    """Take an entry out of the catalogue; its stock stays, for the orders that hold it. False: there was none."""
    async with writing(engine) as conn:
        gone = delete(t).where(t.c.livemode == livemode, t.c.id == variant_id)
        return (await conn.execute(gone)).rowcount == 1


def _variant(row: Mapping[str, Any]) -> Variant:
    values: dict[str, Any] = dict(row)
    track, backorder = values.pop("track"), values.pop("allow_backorder")
    return Variant(
        **{name: value for name, value in values.items() if name not in ("livemode", "updated_at")},
        track_inventory=track is not False,
        allow_backorder=bool(backorder),
    )


_ENTRIES: Final = TypeAdapter(list[Entry])


def read_file(path: Path) -> list[Entry]:
    """Entries of a YAML catalogue file. ValueError (pydantic's) names the entry and field at fault."""
    content = yaml.safe_load(path.read_text())
    entries = content.get("variants") if isinstance(content, Mapping) else None
    if entries is None:
        raise ValueError(f"{path.name}: a catalogue file is `variants:` and a list")
    return _ENTRIES.validate_python(entries)


def load_demo(database_url: str) -> int:
    """The documents' variants, in test mode only. Idempotent: a restart resets no stock. Blocks; no loop may run."""
    return asyncio.run(_load_demo(database_url))


async def _load_demo(database_url: str) -> int:
    engine = create_engine(database_url)
    try:
        return await load(engine, False, read_file(DEMO), int(time.time()))
    finally:
        await engine.dispose()

import asyncio
from pathlib import Path

import pytest
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncEngine

from store.database.engine import create_engine
from store.goods import catalog, inventory
from store.goods.catalog import Entry, Variant
from store.goods.inventory import BelowReserved, Stock
from store.order import numbers
from tests.store.builders import START


def shirt(**fields: object) -> Variant:
    return Variant.model_validate({"id": "v", "product_name": "Shirt", "unit_price": 100} | fields)


async def test_an_entry_is_put_read_changed_and_removed(engine: AsyncEngine) -> None:
    full = shirt(
        product_id="p", variant_title="Black / M", sku="S", currency="eur", weight_grams=5, is_gift_card=True,
        options=("Black", "M"), product_type="t", vendor="v", compare_price=200, image_url="u", auto_fulfilment=True,
        is_multi=True, track_inventory=False, allow_backorder=True, requires_shipping=False,
    )  # fmt: skip
    stored = await catalog.upsert(engine, False, full, now=1)
    assert stored.title == "Shirt - Black / M"
    assert stored.currency == "EUR"
    assert await catalog.get(engine, False, "v") == stored
    assert await catalog.get(engine, True, "v") is None
    changed = await catalog.upsert(engine, False, shirt(title="Own"), now=2)
    assert await catalog.get(engine, False, "v") == changed
    assert await catalog.remove(engine, False, "v")
    assert not await catalog.remove(engine, False, "v")
    assert await catalog.get(engine, False, "v") is None


async def test_changing_an_entry_keeps_its_stock(engine: AsyncEngine) -> None:
    await catalog.load(engine, False, [Entry(id="v", product_name="Shirt", unit_price=1, on_hand=7)], now=1)
    await catalog.upsert(engine, False, shirt(allow_backorder=True), now=2)
    assert await inventory.get(engine, False, "v") == Stock("v", 7, 0, allow_backorder=True, track=True)


async def test_the_catalogue_is_paged_by_id_per_mode(engine: AsyncEngine) -> None:
    entries = [Entry(id=f"v{i}", product_name="Shirt", unit_price=1) for i in range(5)]
    assert await catalog.load(engine, False, entries, now=1) == 5
    page = await catalog.page(engine, False, page=2, size=2)
    assert (page.count, [entry.id for entry in page.entries]) == (5, ["v2", "v3"])
    assert (await catalog.page(engine, True)).count == 0
    assert set(await catalog.get_many(engine, False, ["v1", "v4", "none"])) == {"v1", "v4"}


@pytest.mark.parametrize(
    "fields", [{"unit_price": -1}, {"currency": "XXY"}, {"id": ""}, {"colour": "red"}, {"unit_price": 10**13}]
)
def test_a_wrong_entry_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        shirt(**fields)


def test_a_file_that_is_no_catalogue_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "catalog.yaml"
    for content in ("", "[]", "variants: 3", "variants: [{id: x}]"):
        path.write_text(content)
        with pytest.raises(ValueError, match=r"catalog|validation"):
            catalog.read_file(path)


def test_the_demo_holds_the_documents_variants_and_a_restart_resets_nothing(database_url: str) -> None:
    assert catalog.load_demo(database_url) >= 4

    async def sell_and_read() -> dict[str, Variant]:
        engine = create_engine(database_url)
        await inventory.adjust(engine, False, "var_001", -10, reason="sold", now=START)
        found = await catalog.get_many(
            engine, False, ["var_xyz789", "var_001", "550e8400-e29b-41d4-a716-446655440001", "36"]
        )
        await engine.dispose()
        return found

    found = asyncio.run(sell_and_read())
    assert found["var_xyz789"].title == "Premium T-Shirt - Black / M"
    assert sorted(entry.unit_price for entry in found.values()) == [1394, 2499, 2999, 2999]
    assert not found["36"].track_inventory
    catalog.load_demo(database_url)

    async def read() -> tuple[Stock | None, Stock | None]:
        engine = create_engine(database_url)
        stock = await inventory.get(engine, False, "var_001")
        live = await inventory.get(engine, True, "var_001")
        await engine.dispose()
        return stock, live

    stock, live = asyncio.run(read())
    assert stock is not None
    assert stock.on_hand == 990
    assert live is None


async def test_stock_is_set_and_moved_by_hand_with_movements_kept(engine: AsyncEngine) -> None:
    await catalog.upsert(engine, False, shirt(), now=1)
    await inventory.set_on_hand(engine, False, "v", 10, reason="count", now=START)
    stock = await inventory.adjust(engine, False, "v", -3, reason="broken", now=START)
    assert stock == Stock("v", 7, 0, allow_backorder=False, track=True)
    kept = await inventory.movements(engine, False, "v")
    assert [(m.on_hand, m.reason) for m in kept] == [(-3, "broken"), (10, "count")]
    assert await inventory.adjust(engine, False, "none", 1, reason="x", now=START) is None
    assert await inventory.set_on_hand(engine, True, "v", 1, reason="x", now=START) is None


async def test_the_shelf_never_holds_less_than_is_promised_unless_backorders_are_taken(engine: AsyncEngine) -> None:
    await catalog.upsert(engine, False, shirt(), now=1)
    with pytest.raises(BelowReserved):
        await inventory.set_on_hand(engine, False, "v", -1, reason="x", now=START)
    backorder = await inventory.set_on_hand(engine, False, "v", None, reason="x", now=START, allow_backorder=True)
    assert backorder is not None
    assert backorder.allow_backorder
    low = await inventory.adjust(engine, False, "v", -5, reason="x", now=START)
    assert low is not None
    assert low.on_hand == -5
    with pytest.raises(BelowReserved):
        await inventory.set_on_hand(engine, False, "v", None, reason="x", now=START, allow_backorder=False)


async def test_an_external_id_keeps_the_integer_it_was_given(engine: AsyncEngine) -> None:
    drawn = await asyncio.gather(*(numbers.number(engine, False, "customer", "cust_1") for _ in range(10)))
    assert len(set(drawn)) == 1
    first = drawn[0]
    assert first >= numbers.FIRST_DRAWN
    assert await numbers.text_of(engine, False, "customer", first) == "cust_1"
    assert await numbers.text_of(engine, True, "customer", first) is None
    others = await numbers.numbers(engine, False, "customer", ["cust_1", "cust_2", "36", "036"])
    assert others["cust_1"] == first
    assert others["36"] == 36
    assert len(set(others.values())) == 4
    assert await numbers.text_of(engine, False, "customer", 36) == "36"
    assert await numbers.text_of(engine, False, "customer", -1) is None


async def test_an_answers_external_ids_get_their_integers_at_once(engine: AsyncEngine) -> None:
    wanted = {"customer": ["c1", "7"], "variant": ["c1", "v"], "product": []}
    found = await numbers.of_kinds(engine, False, wanted)  # type: ignore[arg-type]
    assert found["customer", "7"] == 7
    assert len(set(found.values())) == 4
    assert await numbers.of_kinds(engine, False, wanted) == found  # type: ignore[arg-type]
    more = await asyncio.gather(*(numbers.of_kinds(engine, False, {"product": ["p1", "p2"]}) for _ in range(5)))
    assert all(each == more[0] for each in more)

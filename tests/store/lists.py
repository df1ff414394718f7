"""The faces' own lists over a bare database: a call without HTTP, and the query models without their checks."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

from sqlalchemy.ext.asyncio import AsyncEngine

from api.faces.commercehq import lists as commercehq_lists
from api.faces.commercehq import schemas as commercehq_schemas
from api.faces.commercehq import translate as commercehq_translate
from api.faces.hanzo import lists as hanzo_lists
from api.faces.hanzo import schemas as hanzo_schemas
from api.faces.storefront import lists as storefront_lists
from api.faces.storefront import schemas as storefront_schemas
from api.faces.zephyr import lists as zephyr_lists
from api.faces.zephyr import schemas as zephyr_schemas
from api.http import reading
from api.http.auth import Key
from api.http.routing import Call

TIMES = ("since", "until", "placed_after", "placed_before", "created_after", "created_before", "updated_after")


def calling(engine: AsyncEngine, livemode: bool, customer: str | None = None) -> Call:
    """A caller with a secret key, or with a customer's."""
    key = Key("key", "secret" if customer is None else "customer", livemode, customer)
    return cast(Call, SimpleNamespace(shop=SimpleNamespace(db=engine), key=key, livemode=livemode))


def _asked(model: Any, filters: dict[str, Any]) -> Any:
    given = {k: datetime.fromtimestamp(v, UTC) if k in TIMES else v for k, v in filters.items()}
    return model.model_construct(**given)


async def hanzo(
    engine: AsyncEngine,
    livemode: bool,
    *,
    sort: str = "createdAt",
    descending: bool = True,
    docs: bool = False,
    **more: Any,
) -> reading.Page:
    query = _asked(hanzo_schemas.ListOrders, {"sort": f"{sort}:{'desc' if descending else 'asc'}", **more})
    return await hanzo_lists.page(calling(engine, livemode), query, whole=docs)


async def storefront(
    engine: AsyncEngine, livemode: bool, *, descending: bool = True, order_number: int | None = None, **more: Any
) -> reading.Page:
    number = None if order_number is None else str(order_number)
    given = {"order": "desc" if descending else "asc", "order_number": number, **more}
    return await storefront_lists.page(calling(engine, livemode), _asked(storefront_schemas.ListOrders, given))


async def zephyr(engine: AsyncEngine, livemode: bool, **more: Any) -> zephyr_lists.Slice:
    return await zephyr_lists.slice_of(calling(engine, livemode), _asked(zephyr_schemas.ListOrders, more))


async def commercehq(
    engine: AsyncEngine, livemode: bool, *, sort: str = "", page: int = 1, size: int = 20, customer: str | None = None,
    **search: Any,
) -> reading.Page:  # fmt: skip
    call = calling(engine, livemode, customer)
    wanted = await commercehq_lists.searched(call, commercehq_schemas.SearchOrders(**search))
    keys = commercehq_translate.sort([word for word in sort.split(",") if word])
    return await reading.page(call, wanted, sort=keys, offset=(page - 1) * size, limit=size)

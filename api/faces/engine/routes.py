"""The engine's own routes: catalogue, stock, keys, shipping methods, and what an order waits for (contract sections 2 and 12)."""

from api.faces.engine import schemas as s
from api.faces.hanzo.rehearsing import DRY
from api.http.problems import Problem, not_found
from api.http.routing import Answer, Call, NoBody, NoQuery, Routes
from api.spelling import wire
from domain.order import Order
from door.explaining import explain
from store.access import keys as keyring
from store.access.keys import ApiKey
from store.goods import catalog, inventory
from store.goods.catalog import Variant
from store.goods.inventory import BelowReserved, Stock

ITEM = wire.Prefixed("oitem_")
routes = Routes(show=lambda call, order: {}, rehearsed=DRY)
LONGEST_ID = 64


def _variant_id(call: Call) -> str:
    """The path's variant. 404 for what is no id."""
    text = call.path("variantId")
    if not 1 <= len(text) <= LONGEST_ID or not text.isprintable():
        raise not_found("no such variant")
    return text


def _time(seconds: int | None) -> str | None:
    return None if seconds is None else wire.RFC3339.encode(wire.EPOCH.decode(seconds))


def _now(call: Call) -> int:
    return wire.EPOCH.encode(call.now)


# Catalogue.


def _variant(value: Variant) -> s.VariantOut:
    fields = value.model_dump(exclude={"id", "options", "title"})
    return s.VariantOut(variant_id=value.id, title=value.full_title, options=list(value.options), **fields)


@routes.listing("/engine/catalog", query=s.Paged, answers={200: s.VariantListOut}, access="read")
async def list_variants(call: Call, query: s.Paged) -> Answer:
    """The catalogue, by id."""
    page = await catalog.page(call.shop.db, call.livemode, page=query.page, size=query.display)
    return Answer({"count": page.count, "models": [_variant(v) for v in page.entries]})


@routes.listing("/engine/catalog/{variantId}", query=NoQuery, answers={200: s.VariantOut}, access="read")
async def get_variant(call: Call, query: NoQuery) -> Answer:
    """One catalogue entry."""
    found = await catalog.get(call.shop.db, call.livemode, _variant_id(call))
    if found is None:
        raise not_found("no such variant")
    return Answer(_variant(found))


@routes.write("PUT", "/engine/catalog/{variantId}", body=s.PutVariant, answers={200: s.VariantOut})
async def put_variant(call: Call, body: s.PutVariant) -> Answer:
    """Put a catalogue entry, new or changed.

    Orders keep the snapshot they were placed with; stock figures stay.
    """
    name = body.product_name or body.title
    if name is None:
        raise Problem("validation_error", "is required", field="productName")
    fields = body.model_dump(exclude={"product_name", "title", "currency", "options"})
    entry = Variant(
        id=_variant_id(call),
        product_name=name,
        title=body.title or "",
        currency=body.currency or call.shop.config.store.currency,
        options=tuple(body.options),
        **fields,
    )
    return Answer(_variant(await catalog.upsert(call.shop.db, call.livemode, entry, _now(call))))


@routes.write("DELETE", "/engine/catalog/{variantId}", body=NoBody, answers={204: None})
async def delete_variant(call: Call, body: NoBody) -> Answer:
    """Take an entry out of the catalogue; orders that hold it keep it."""
    if not await catalog.remove(call.shop.db, call.livemode, _variant_id(call)):
        raise not_found("no such variant")
    return Answer(None, 204)


# Stock.


def _stock(value: Stock | None) -> s.StockOut:
    if value is None:
        raise not_found("no stock of this variant")
    return s.StockOut(
        variant_id=value.variant_id,
        on_hand=value.on_hand,
        reserved=value.reserved,
        available=value.available,
        allow_backorder=value.allow_backorder,
        track_inventory=value.track,
    )


def _below(error: BelowReserved) -> Problem:
    reserved = error.stock.reserved
    return Problem("conflict", f"{reserved} units are reserved", data={"reserved": reserved}, stored=True)


@routes.listing("/engine/inventory/{variantId}", query=NoQuery, answers={200: s.StockOut}, access="read")
async def get_stock(call: Call, query: NoQuery) -> Answer:
    """One variant's stock."""
    return Answer(_stock(await inventory.get(call.shop.db, call.livemode, _variant_id(call))))


@routes.listing(
    "/engine/inventory/{variantId}/movements", query=NoQuery, answers={200: s.MovementListOut}, access="read"
)
async def list_movements(call: Call, query: NoQuery) -> Answer:
    """The latest hundred movements of a variant, newest first."""
    moves = await inventory.movements(call.shop.db, call.livemode, _variant_id(call))
    models = [
        s.MovementOut(
            order_id=None if m.order_id is None else wire.ORDER.encode(m.order_id),
            item_id=None if m.line_id is None else ITEM.encode(m.line_id),
            on_hand=m.on_hand,
            reserved=m.reserved,
            reason=m.reason,
            created_at=_time(m.at) or "",
        )
        for m in moves
    ]
    return Answer({"count": len(models), "models": models})


@routes.write("PUT", "/engine/inventory/{variantId}", body=s.PutStock, answers={200: s.StockOut})
async def put_stock(call: Call, body: s.PutStock) -> Answer:
    """Set what is on the shelf. Never below what is reserved, unless backorders are taken."""
    try:
        stock = await inventory.set_on_hand(
            call.shop.db,
            call.livemode,
            _variant_id(call),
            body.on_hand,
            reason="set",
            now=call.now,
            allow_backorder=body.allow_backorder,
        )
    except BelowReserved as error:
        raise _below(error) from None
    return Answer(_stock(stock))


@routes.write(
    "POST", "/engine/inventory/{variantId}/adjust", body=s.AdjustStock, answers={200: s.StockOut}, repeatable=False
)
async def adjust_stock(call: Call, body: s.AdjustStock) -> Answer:
    """Move units on or off the shelf; the movement is kept with its reason."""
    try:
        stock = await inventory.adjust(
            call.shop.db, call.livemode, _variant_id(call), body.delta, reason=body.reason, now=call.now
        )
    except BelowReserved as error:
        raise _below(error) from None
    return Answer(_stock(stock))


# Keys.


def _key(value: ApiKey) -> s.KeyOut:
    return s.KeyOut(
        id=f"key_{value.id}",
        scope=value.scope,
        mode="live" if value.livemode else "test",
        customer_id=value.customer_id,
        name=value.name,
        hint=value.hint,
        created_at=_time(value.created_at) or "",
        last_used_at=_time(value.last_used_at),
        revoked_at=_time(value.revoked_at),
    )


@routes.listing("/engine/keys", query=NoQuery, answers={200: s.KeyListOut}, access="secret")
async def list_keys(call: Call, query: NoQuery) -> Answer:
    """Restricted and customer keys of this mode, revoked ones included."""
    found = [_key(k) for k in await keyring.list_keys(call.shop.db, call.livemode) if k.scope != "secret"]
    return Answer({"count": len(found), "models": found})


@routes.write("POST", "/engine/keys", body=s.MintKey, answers={201: s.MintedKeyOut}, secret=True)
async def mint_key(call: Call, body: s.MintKey) -> Answer:
    """Make a restricted or a customer key of this mode; the key is shown once."""
    if (body.scope == "customer") != (body.customer_id is not None):
        raise Problem("validation_error", "a customer key, and only one, names its customer", field="customerId")
    minted = await keyring.mint(
        call.shop.db,
        scope=body.scope,
        livemode=call.livemode,
        now=_now(call),
        customer_id=body.customer_id,
        name=body.name,
    )
    return Answer({**_key(minted.key).model_dump(by_alias=True), "key": minted.text}, 201)


@routes.write("DELETE", "/engine/keys/{keyId}", body=NoBody, answers={204: None})
async def revoke_key(call: Call, body: NoBody) -> Answer:
    """End a restricted or customer key; it works for at most two seconds more (api/http/auth.py)."""
    wanted = call.path("keyId").removeprefix("key_")
    known = {k.id: k for k in await keyring.list_keys(call.shop.db, call.livemode)}
    if wanted not in known or known[wanted].scope == "secret":
        raise not_found("no such key")
    await keyring.revoke(call.shop.db, wanted, _now(call), call.livemode)
    call.shop.keys.forget()
    return Answer(None, 204)


# The rest.


@routes.listing("/engine/shipping-methods", query=NoQuery, answers={200: s.ShippingMethodListOut}, access="read")
async def list_shipping_methods(call: Call, query: NoQuery) -> Answer:
    """The shipping methods of the policy file."""
    config = call.shop.config
    models = [
        s.ShippingMethodOut(
            id=name, title=m.title, price=m.price, currency=config.store.currency, code=m.code, source=m.source
        )
        for name, m in config.shipping_methods.items()
    ]
    return Answer({"count": len(models), "models": models})


@routes.read("/engine/orders/{id}/explain", query=NoQuery, answers={200: s.Explained}, access="read")
async def explain_order(call: Call, order: Order, query: NoQuery) -> Answer:
    """What the order waits for and what may be done with it, from its row: also when no workflow of it runs."""
    return Answer(await explain(call.shop.db, order, call.now))

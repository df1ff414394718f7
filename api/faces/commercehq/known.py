"""The integers of an answer's customers, products and variants: looked up before it is rendered, all at once.

Ids from outside are text. This face shows an integer as it was given, and any other text by a number that is drawn on first sight
and kept (store/order/numbers.py). Rendering is pure, so the numbers must be there before it begins.
"""

from collections.abc import Mapping, Sequence

from api.http.routing import Call
from domain.order import Order
from store.order import numbers
from store.order.numbers import Kind

Known = Mapping[tuple[Kind, str], int]


async def of_orders(call: Call, orders: Sequence[Order]) -> Known:
    lines = [line for order in orders for line in order.lines]
    texts: dict[Kind, set[str]] = {
        "customer": {order.customer_id for order in orders if order.customer_id},
        "product": {line.product_id for line in lines if line.product_id},
        "variant": {line.variant_id for line in lines if line.variant_id},
    }
    return await numbers.of_kinds(call.shop.db, call.livemode, texts)


async def of_order(call: Call, order: Order) -> Known:
    return await of_orders(call, [order])

"""What storefront's tests do again and again: document 003's own order, placed, paid and sent through this face alone."""

from typing import Any

from tests.api.client import Api

ORDERS = "/api/v1/orders"
VARIANT = "550e8400-e29b-41d4-a716-446655440001"
ADDRESS = {
    "first_name": "John",
    "last_name": "Doe",
    "address1": "123 Main St",
    "city": "New York",
    "state": "NY",
    "country": "US",
    "zip": "10001",
}
CREATE = {
    "email": "customer@example.com",
    "line_items": [{"variant_id": VARIANT, "quantity": 2, "price": "24.99"}],
    "shipping_address": ADDRESS,
    "shipping_lines": [{"title": "Standard Shipping", "price": "5.00"}],
}
"""2 × 24.99 + 4.50 NY tax + 5.00 shipping = 59.48."""


async def data(api: Api, method: str, path: str, body: Any = None, **more: Any) -> Any:
    """The `data` of a good answer."""
    answer = await api.ok(method, f"{ORDERS}{path}", body, **more)
    return None if answer is None else answer["data"]


async def refusal(api: Api, method: str, path: str, body: Any = None, **more: Any) -> tuple[int, str, Any]:
    """(status, code, the whole error) of a refused request."""
    response = await api(method, f"{ORDERS}{path}", body, **more)
    error = response.json()["error"]
    assert error["request_id"] == response.headers["X-Request-Id"]
    assert isinstance(error["details"], list)
    return response.status_code, error["code"], error


async def placed(api: Api, **more: Any) -> Any:
    return await data(api, "POST", "", CREATE | more)


async def paid(api: Api, **more: Any) -> Any:
    order = await placed(api, **more)
    await data(api, "POST", f"/{order['id']}/transactions", {"kind": "sale", "payment_method": "pm_card_visa"})
    return await data(api, "GET", f"/{order['id']}")


async def sent(api: Api, **more: Any) -> tuple[Any, Any]:
    """(order, its fulfilment of everything)."""
    order = await paid(api, **more)
    made = await data(api, "POST", f"/{order['id']}/fulfillments", {})
    return await data(api, "GET", f"/{order['id']}"), made

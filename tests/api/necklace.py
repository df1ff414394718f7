"""Document 004, and the orders commercehq's tests need: made through the other faces, since it has no create of its own."""

import json
import re
from typing import Any

from tests import documents
from tests.api.client import Api

DOCUMENT = documents.text("004-commercehq-orders.txt")
STREET = {"line1": "Grove str.", "city": "Los Santos", "state": "San Andreas", "country": "US", "postalCode": "90250",
          "firstName": "Jack", "lastName": "Black"}  # fmt: skip


def sample() -> Any:
    """The printed order; the document breaks off after its last comma. The publisher masked the addresses."""
    text = DOCUMENT[DOCUMENT.index('{\n"id": 4041') :]
    return json.loads(re.sub(r"\[email\sprotected\]", "jack@example.com", text.rstrip().rstrip(",")))


async def necklace(api: Api, **more: Any) -> Any:
    """The printed order, placed through the other faces: as 003 says where it came from, 000's addresses and payment."""
    address = {"address1": "Grove str.", "city": "Los Santos", "state": "San Andreas", "country": "US", "zip": "90250",
               "first_name": "Jack", "last_name": "Black"}  # fmt: skip
    body = {
        "email": "jack@example.com", "customer_id": "2819",
        "line_items": [{"variant_id": "36", "quantity": 1}],
        "shipping_lines": [{"title": "Super fast shipping", "price": "7.95"}], "tax_lines": [],
        "shipping_address": address, "billing_address": address | {"address1": "Long str."},
        "landing_site": "http://dummy-client.com/product/amazing-necklace", "referring_site": "dummy-client.com",
        "client_details": {"browser_ip": "::1"},
    }  # fmt: skip
    return (await api.ok("POST", "/api/v1/orders", body | more))["data"]


async def number_of(api: Api, order: Any) -> int:
    return int(order["displayId"].removeprefix("#"))


async def paid(api: Api, **more: Any) -> str:
    """The path of a paid order of two shirts."""
    return f"/orders/{await number_of(api, await api.paid(**more))}"

"""Every word for where an order stands, the engine's own and each face's, under one roof: what a test of all of them reads."""

from api.faces.commercehq.status import line_counters
from api.faces.commercehq.status import paid as commercehq_paid
from api.faces.commercehq.status import status as commercehq_status
from api.faces.hanzo.status import payment_word as payment_state
from api.faces.hanzo.status import status as hanzo_status
from api.faces.storefront.status import financial_status
from api.faces.storefront.status import status as storefront_status
from api.faces.zephyr.status import fulfilment_status as zephyr_fulfilment_status
from api.faces.zephyr.status import status as zephyr_status
from domain.status import fulfillment_state, fulfillment_status, lifecycle, payment_status

__all__ = [
    "commercehq_paid",
    "commercehq_status",
    "financial_status",
    "fulfillment_state",
    "fulfillment_status",
    "hanzo_status",
    "lifecycle",
    "line_counters",
    "payment_state",
    "payment_status",
    "storefront_status",
    "zephyr_fulfilment_status",
    "zephyr_status",
]

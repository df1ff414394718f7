"""Every act on an order, one row each; the order's page offers them, and says of the others why not.

An act is a form and the command it becomes (console/act.py). To add one: a row in the file of its group. Roles, versions,
idempotency, the preview, the refund limit and what is said when it is refused come with the row.
"""

from typing import Final

from console.act import Act
from console.acts import changing, goods, money, replacing, returns

ACTS: Final[dict[str, Act]] = {
    act.name: act for act in (*goods.ACTS, *money.ACTS, *returns.ACTS, *replacing.ACTS, *changing.ACTS)
}
"""Name in the path -> act."""
FOR_TASK: Final[dict[str, str]] = {
    "approve_return": "approve-return",
    "reject_return": "reject-return",
    "receive_return": "receive-return",
    "request_return": "request-return",
    "refund": "refund",
    "capture": "capture",
    "void": "void",
    "fulfill": "ship",
    "pay": "pay",
    "record_payment": "record-payment",
    "cancel": "cancel",
    "cancel_items": "cancel-units",
    "release_hold": "release-hold",
}
"""Verb that ends a task -> the act that does it."""

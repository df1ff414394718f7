"""Orders in every stage: how far one is brought before an upgrade, how it is ended after it, and what it must say then."""

from dataclasses import dataclass
from typing import Final

from tests.faults import selling
from tests.faults.engine import Engine
from tests.faults.selling import CARD, Json

Steps = tuple[tuple[str, Json], ...]
PAID: Final[Steps] = (("confirm", {}), ("pay", CARD))
SENT: Final[Steps] = (*PAID, ("fulfill", {}))
DELIVERED: Final[Steps] = (*SENT, ("deliver", {}))
ONE: Final = "one unit"
"""In a body: the order's first line, one unit of it."""
HALF: Final[Json] = {"items": ONE}
RETURN: Final[Json] = {"items": ONE}
TOTAL: Final = 2 * 2999


@dataclass(frozen=True)
class Stage:
    """How far the old code brought an order, and how ours ends it."""

    old: Steps
    new: Steps
    ends: str
    """hanzo's lifecycle."""
    captured: int = TOTAL
    refunded: int = 0


STAGES: Final[dict[str, Stage]] = {
    "draft": Stage((), DELIVERED, "delivered"),
    "draft, cancelled": Stage((), (("cancel", {"reason": "customer_request"}),), "cancelled", captured=0),
    "confirmed": Stage(PAID[:1], DELIVERED[1:], "delivered"),
    "confirmed, cancelled": Stage(PAID[:1], (("cancel", {"reason": "fraud"}),), "cancelled", captured=0),
    "part paid": Stage((PAID[0], ("pay", CARD | {"amount": 1000})), DELIVERED[1:], "delivered"),
    "authorized": Stage((PAID[0], ("authorize", CARD)), (("capture", {}), *DELIVERED[2:]), "delivered"),
    "authorized, voided": Stage((PAID[0], ("authorize", CARD)), (("void", {}), *DELIVERED[1:]), "delivered"),
    "paid": Stage(PAID, DELIVERED[2:], "delivered"),
    "paid, cancelled": Stage(PAID, (("cancel", {"reason": "customer_request"}),), "cancelled", refunded=TOTAL),
    "part refunded": Stage(
        (*PAID, ("refund", {"amount": 700})), (("refund", {"amount": 300}), *DELIVERED[2:]), "delivered", refunded=1000
    ),
    "part sent": Stage((*PAID, ("fulfill", HALF)), DELIVERED[2:], "delivered"),
    "sent": Stage(SENT, DELIVERED[3:], "delivered"),
    "delivered": Stage(DELIVERED, (("refund", {"amount": 1}),), "delivered", refunded=1),
    "return asked for": Stage((*DELIVERED, ("return", RETURN)), (("approve", {}), ("receive", {})), "delivered", refunded=2999),
    "return approved": Stage(
        (*DELIVERED, ("return", RETURN), ("approve", {})), (("receive", {}),), "delivered", refunded=2999
    ),
    "return received": Stage(
        (*DELIVERED, ("return", RETURN), ("approve", {}), ("receive", {})),
        (("refund", {"amount": 1}),),
        "delivered",
        refunded=3000,
    ),
    "cancelled": Stage((*PAID, ("cancel", {"reason": "fraud"})), (), "cancelled", refunded=TOTAL),
}  # fmt: skip


def act(engine: Engine, order: Json, verb: str, body: Json) -> None:
    """One step, as it is printed in STAGES."""
    path = verb
    if verb in ("approve", "receive"):
        returns = (
            selling.shown(engine, order)["returns"]
            or engine.call("GET", f"/order/{order['id']}?expand=returns").json()["returns"]
        )
        path = f"return/{returns[0]['id']}/{verb}"
    if body.get("items") == ONE:
        body = {"items": [{"itemId": order["items"][0]["id"], "quantity": 1}]}
    selling.act(engine, order, path, body)


def check(engine: Engine, name: str, order: Json) -> None:
    """It ended as it should, and the provider's books say the same."""
    stage, shown = STAGES[name], selling.shown(engine, order)
    figures = (shown["lifecycle"], shown["capturedTotal"], shown["refundedTotal"])
    assert figures == (stage.ends, stage.captured, stage.refunded), name
    assert selling.in_the_sandbox(engine, order)[1:] == (stage.captured, stage.refunded), name
    story = selling.story(engine, order)
    for once in ("order.created", "order.confirmed", "order.cancelled", "order.delivered"):
        assert story.count(once) <= 1, (name, story)

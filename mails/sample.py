"""A made-up order with everything a mail may speak of: what templates are tried on before a customer is concerned."""

from datetime import UTC, datetime, timedelta
from typing import Final

from domain.exchanges import Claim, ClaimedUnits, Exchange
from domain.order import Address, Fulfillment, Label, Line, Note, Order, Refund, Return, ReturnLine, Tracking, Units
from domain.policy import Store
from mails.letters import MAILS, Letters

_AT: Final = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
SUBJECTS: Final[dict[str, str | None]] = {
    "order_placed": None,
    "order_shipped": "fulfilment",
    "order_cancelled": None,
    "order_refunded": "refund",
    "return_approved": "return",
    "exchange_overdue": "exchange",
    "claim_created": "claim",
    "order_note": "note",
}
"""Mail -> what of the sample order it is about."""


_EXCHANGE: Final = Exchange(
    id="exchange", serial=7, status="overdue", return_id="return", ship="on_approval", owed=True, difference=1000,
    new_lines=(Line(id="l3", serial=8, title="Necklace “O'Hara & Daughters”", variant_title="Gold", quantity=1,
                    unit_price=3999),),
    created_at=_AT, updated_at=_AT,
)  # fmt: skip
_CLAIM: Final = Claim(
    id="claim", serial=9, resolution="refund", refund_id="refund", created_at=_AT,
    items=(ClaimedUnits(line_id="l1", quantity=1, reason="damaged"),),
)  # fmt: skip


def sample(store: Store) -> Order:
    """Two lines, one sent, one to come back; an apostrophe and an ampersand where templates forget to escape them."""
    return Order(
        id="00000000000000000000000000",
        number=1042,
        livemode=False,
        stage="confirmed",
        currency=store.currency,
        email="jane@example.com",
        lines=(
            Line(id="l1", serial=1, title="Necklace “O'Hara & Daughters”", variant_title="Silver", sku="NK-1",
                 quantity=2, unit_price=2999, sent=2, shipped=2),
            Line(id="l2", serial=2, title="Gift box", quantity=1, unit_price=450),
        ),
        subtotal=6448, discount_total=500, shipping_total=599, tax_total=540, total=7087,
        shipping_address=Address(first_name="Jane", last_name="O'Hara", line1="1 Main Street", city="Portland",
                                 state="OR", postal_code="97201", country="US"),
        fulfillments=(
            Fulfillment(id="fulfilment", serial=3, items=(Units(line_id="l1", quantity=2),), created_at=_AT,
                        updated_at=_AT, tracking=Tracking(number="1Z999AA10123456784", company="UPS",
                                                          url="https://example.com/track?n=1Z999AA10123456784&l=en")),
        ),
        refunds=(
            Refund(id="refund", serial=4, amount=2999, status="succeeded", origin="refund",
                   reason="One came scratched.", created_at=_AT, updated_at=_AT),
        ),
        returns=(
            Return(id="return", serial=5, status="approved", items=(ReturnLine(line_id="l1", quantity=1),),
                   instructions="Please leave the seal on.\nThe counter at the back takes it.",
                   label=Label(carrier="UPS", tracking_number="1Z999AA10123456785", url="https://example.com/label.pdf"),
                   ship_by=_AT + timedelta(days=14), created_at=_AT, updated_at=_AT),
        ),
        exchanges=(_EXCHANGE,),
        claims=(_CLAIM,),
        notes=(Note(id="note", serial=6, body="We tried to call you <yesterday>.\nPlease call back.", created_at=_AT),),
        created_at=_AT, updated_at=_AT,
    )  # fmt: skip


def problems(letters: Letters, store: Store) -> list[str]:
    """What is wrong with a shop's own templates: each that cannot be used, and each file that no mail uses."""
    about = sample(store)
    found = [letters.write(about, mail, SUBJECTS[mail]).problem for mail in MAILS]
    strays = [f"{name}: no mail uses a file of this name" for name in letters.strays()]
    return list(dict.fromkeys([*filter(None, found), *strays]))

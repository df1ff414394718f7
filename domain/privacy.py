"""What is private in an order, in everything that was written about it, and what is left when it is erased (contract section 16).

    None      e-mail, phone, addresses on the web from which or to which somebody came, secrets of a payment
    `erased`  names, streets, places, postcodes, companies, texts: notes, reasons, instructions, who wrote them
    empty     metadata and client details (anything may be in them), photos

Kept are figures: amounts, units, goods, times, statuses, codes, ids, country and state (taxes follow from them), tracking
numbers. One table for every spelling, because the same words are in the order, in its events, in the faces' answers and webhooks,
and in providers' objects: a name is compared without its capitals and underscores. A test fails for a field of an order of which
nobody has said whether it is private, so that whoever adds one decides.
"""

import re
from typing import Any, Final

ERASED: Final = "erased"
GONE: Final = frozenset(
    (
        "email",
        "receiptemail",
        "customeremail",
        "contactemail",
        "phone",
        "browserip",
        "ip",
        "landingsite",
        "referringsite",
        "clientsecret",
        "nextaction",
    )
)
"""What becomes None."""
TEXTS: Final = frozenset(
    (
        "firstname",
        "lastname",
        "fullname",
        "line1",
        "line2",
        "address1",
        "address2",
        "street",
        "suite",
        "city",
        "postalcode",
        "zip",
        "note",
        "notes",
        "body",
        "author",
        "cancelnote",
        "rejectreason",
        "instructions",
        "reason",
    )
)
"""What becomes a word."""
ANYTHING: Final = frozenset(
    (
        "metadata",
        "noteattributes",
        "clientdetails",
        "photos",
        "billingdetails",
        "shippingdetails",
    )
)
"""What becomes empty, whatever is in it."""
OF_A_PERSON: Final = frozenset(
    (
        "address",
        "address1",
        "line1",
        "street",
        "email",
        "phone",
        "zip",
        "postalcode",
        "firstname",
    )
)
"""A `name` or `company` beside one of these is somebody's; any other is a thing's, or a carrier's."""
MAYBE: Final = frozenset(("name", "company"))
LABEL: Final = "label"
"""A parcel's label: its picture shows the address."""
CODES: Final = frozenset(
    (
        "customer_request",
        "out_of_stock",
        "inventory",
        "fraud",
        "fraudulent",
        "duplicate",
        "requested_by_customer",
        "other",
        "damaged",
        "missing",
        "wrong_item",
        "window",
        "hand",
        "fact",
    )
)
"""Reasons that are words of ours and no text of somebody's."""
_SIGNS: Final = re.compile(r"[^a-z0-9]")


def plain(name: str) -> str:
    """`postal_code`, `postalCode` and `PostalCode` are one."""
    return _SIGNS.sub("", name.lower())


def scrubbed(value: Any) -> Any:
    """JSON without what is private; of the same shape, so that what read it before reads it still."""
    match value:
        case dict():
            person = bool(OF_A_PERSON & {plain(str(name)) for name in value})
            return {name: _field(plain(str(name)), part, person=person) for name, part in value.items()}
        case list():
            return [scrubbed(part) for part in value]
        case _:
            return value


def _field(name: str, value: Any, *, person: bool) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return None if name in GONE else value
    if name in ANYTHING:
        return type(value)()
    if name in GONE:
        return None
    if isinstance(value, str):
        private = name in TEXTS or (name in MAYBE and person)
        return ERASED if private and value and value not in CODES else value
    if name == LABEL and isinstance(value, dict):
        return scrubbed(value) | {key: None for key in value if plain(key) == "url"}
    return scrubbed(value)

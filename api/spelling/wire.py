"""Reversible codecs between our values and their spellings on the wire: ids per face, times, money (contract section 0a).

| codec            | ours                | theirs                               |
|------------------|---------------------|--------------------------------------|
| `Prefixed(p)`    | ULID text           | `p` + ULID text                      |
| `UUID`           | ULID text           | the same 128 bits as a UUID          |
| `numbered`       | order number, serial| number × 100,000 + serial            |
| `RFC3339`        | datetime            | `2024-06-15T10:00:00Z`               |
| `EPOCH`          | datetime            | integer seconds                      |
| `decimals(c)`    | minor units         | `"19.99"`                            |

Rule: `decode(encode(x)) == x`, and `decode` raises ValueError for what is no spelling; a property test holds every pair.
"""

import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final, Protocol, TypeVar

from domain import ids, money
from domain.order import Order

Ours = TypeVar("Ours")
Theirs = TypeVar("Theirs")


class Codec(Protocol[Ours, Theirs]):
    def encode(self, value: Ours) -> Theirs: ...

    def decode(self, value: Theirs) -> Ours: ...


@dataclass(frozen=True)
class Prefixed:
    """`order_01HXY8…`: a ULID behind a prefix; decoding takes the bare ULID too, in any case."""

    prefix: str

    def encode(self, value: str) -> str:
        return self.prefix + value

    def decode(self, value: str) -> str:
        return canonical_ulid(value.removeprefix(self.prefix))


class Uuid:
    """A ULID's 128 bits as a lower-case UUID; decoding takes upper case, not braces or URNs."""

    def encode(self, value: str) -> str:
        return ids.to_uuid(value)

    def decode(self, value: str) -> str:
        if len(value) != 36:
            raise ValueError("no UUID")
        return ids.from_uuid(value)


class Rfc3339:
    """RFC 3339, UTC, whole seconds, `Z`. Input: a date-time with offset, or a bare date = midnight UTC."""

    def encode(self, value: datetime) -> str:
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if value.year >= 1000 else value.isoformat()

    def decode(self, value: str) -> datetime:
        if len(value) == 10:
            day = date.fromisoformat(value)
            return datetime(day.year, day.month, day.day, tzinfo=UTC)
        if len(value) < 19 or value[10] not in "Tt ":
            raise ValueError("no RFC 3339 time")
        moment = datetime.fromisoformat(value.upper().replace(" ", "+", 1) if _lost_plus(value) else value.upper())
        if moment.tzinfo is None:
            raise ValueError("a time needs an offset")
        try:
            return moment.astimezone(UTC).replace(microsecond=0)
        except OverflowError:
            raise ValueError("a time out of range") from None


def _lost_plus(value: str) -> bool:
    """`+02:00` in a query string that nobody encoded arrives as a space."""
    return len(value) > 19 and " " in value[19:] and value[10] in "Tt"


class Epoch:
    """Integer seconds since 1970."""

    def encode(self, value: datetime) -> int:
        return int(value.timestamp())

    def decode(self, value: int) -> datetime:
        try:
            return datetime.fromtimestamp(value, UTC)
        except (OverflowError, OSError):
            raise ValueError("a time out of range") from None


@dataclass(frozen=True)
class Decimals:
    """Minor units of a currency as a decimal string with the currency's own digits."""

    currency: str

    def encode(self, value: int) -> str:
        return money.format_decimal(value, self.currency)

    def decode(self, value: str) -> int:
        return money.from_decimal(value, self.currency)


UUID: Final = Uuid()
RFC3339: Final = Rfc3339()
EPOCH: Final = Epoch()

ORDER: Final = Prefixed("order_")
EVENT: Final = Prefixed("evt_")
PREFIXES: Final = (
    "order_",
    "oitem_",
    "li_",
    "pay_",
    "ful_",
    "refund_",
    "ret_",
    "re_",
    "evt_",
    "note_",
    "txn_",
    "hold_",
    "edit_",
    "exch_",
    "claim_",
)
"""Every prefix an id of ours has in some face; ids in bodies are taken in any face's spelling."""


def canonical_ulid(text: str) -> str:
    """ULID text in upper case. ValueError when it is none."""
    ids.decode(text)
    return text.upper()


def any_id(text: str) -> str:
    """An id of ours in any face's textual spelling (prefix, bare, UUID) -> ULID text. ValueError for anything else."""
    if len(text) == 36:
        return UUID.decode(text)
    for prefix in PREFIXES:
        if text.startswith(prefix):
            return canonical_ulid(text.removeprefix(prefix))
    return canonical_ulid(text)


def numbered(order: Order, serial: int) -> int:
    """A child as an integer."""
    return order.number * ids.SERIALS_PER_ORDER + serial


def serial_in(order: Order, number: int) -> int:
    """The reverse; ValueError when the integer belongs to another order."""
    if number // ids.SERIALS_PER_ORDER != order.number:
        raise ValueError("another order's id")
    return number % ids.SERIALS_PER_ORDER


def external_uuid(text: str) -> str:
    """An id from outside where a face wants a UUID: itself when it is one, else UUIDv5 of the text (one way)."""
    try:
        return str(uuid.UUID(text)) if len(text) == 36 else str(uuid.uuid5(uuid.NAMESPACE_OID, text))
    except ValueError:
        return str(uuid.uuid5(uuid.NAMESPACE_OID, text))


def line_id_of(order: Order, spelled: str | int) -> str:
    """A line of this order by its id in any face's spelling. ValueError when the order has no such line."""
    if isinstance(spelled, int):
        serial = serial_in(order, spelled)
        found = [line.id for line in order.lines if line.serial == serial]
    else:
        wanted = any_id(spelled)
        found = [line.id for line in order.lines if line.id == wanted]
    if not found:
        raise ValueError("no such line on this order")
    return found[0]

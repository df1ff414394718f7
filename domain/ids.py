"""Our ids: 128 bits, one canonical spelling (ULID text, 26 Crockford digits), reversible to a UUID.

A child's id (line, payment, refund …) is derived from the order's id and its serial number in the order,
so that planning a command twice names the same things: no randomness inside the domain.
ULID: https://github.com/ulid/spec. The time part of a child is the order's own, its tail a SHA-256.
"""

import hashlib
import uuid
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32."""
_DECODE: Final = {c: i for i, c in enumerate(ALPHABET)}
SERIALS_PER_ORDER: Final = 100_000
"""A child as an integer is order number x this + serial."""


def encode(value: int) -> str:
    """128-bit integer -> 26 digits."""
    return "".join(ALPHABET[(value >> shift) & 31] for shift in range(125, -1, -5))


def decode(text: str) -> int:
    """26 digits -> 128-bit integer. ValueError when it is no ULID."""
    if len(text) != 26:
        raise ValueError("a ULID has 26 digits")
    value = 0
    for c in text.upper():
        if c not in _DECODE:
            raise ValueError(f"{c!r} is no Crockford digit")
        value = value << 5 | _DECODE[c]
    if value >> 128:
        raise ValueError("more than 128 bits")
    return value


def ulid_at(time_ms: int, entropy: bytes) -> str:
    """A ULID of a moment (Unix milliseconds) and 10 random bytes, both given."""
    return encode(time_ms << 80 | int.from_bytes(entropy[:10], "big"))


def child(order_id: str, kind: str, serial: int) -> str:
    """The id of the order's `serial`-th child; the same for the same arguments, always."""
    tail = hashlib.sha256(f"{order_id}:{kind}:{serial}".encode()).digest()[:10]
    return encode(decode(order_id) >> 80 << 80 | int.from_bytes(tail, "big"))


def to_uuid(text: str) -> str:
    """ULID text -> the same 128 bits as a lower-case UUID."""
    return str(uuid.UUID(int=decode(text)))


def from_uuid(text: str) -> str:
    """UUID -> ULID text. ValueError when it is no UUID."""
    return encode(uuid.UUID(text).int)

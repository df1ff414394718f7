"""`ORDERMILL_PAYLOAD_KEYS`: the keys payloads for Temporal are encrypted with, as text. `id:base64 of 32 bytes`, separated by
commas or white space: the first encrypts, all of them decrypt.

The id is written beside each payload, so that it says which key reads it; the key itself is told nowhere, wrong ones neither.
"""

import base64
import binascii
import re
from dataclasses import dataclass, field
from typing import Final

KEY_BYTES: Final = 32
"""AES-256."""
_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_STANDARD: Final = str.maketrans("-_", "+/")


@dataclass(frozen=True)
class PayloadKey:
    id: str
    secret: bytes = field(repr=False)


def parse(text: str) -> tuple[PayloadKey, ...]:
    """The keys, the one that encrypts first. ValueError says which of them is wrong and how."""
    keys = tuple(_key(position, entry) for position, entry in enumerate(re.split(r"[,\s]+", text.strip()), start=1))
    twice = {key.id for key in keys if sum(other.id == key.id for other in keys) > 1}
    if twice:
        raise ValueError(f"two keys are called {min(twice)}: a payload would not say which of them reads it")
    return keys


def _key(position: int, entry: str) -> PayloadKey:
    name, colon, encoded = entry.partition(":")
    if not colon or not _ID.fullmatch(name):
        raise ValueError(f"entry {position} is not ID:KEY, the id of letters, digits and . _ -")
    try:
        secret = base64.b64decode(encoded.translate(_STANDARD), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(f"key {name} is no base64") from None
    if len(secret) != KEY_BYTES:
        raise ValueError(f"key {name} has {len(secret)} bytes, not {KEY_BYTES} (openssl rand -base64 {KEY_BYTES})")
    return PayloadKey(name, secret)

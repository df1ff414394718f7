"""AES-256-GCM around every payload that leaves a process of ours for Temporal, where ORDERMILL_PAYLOAD_KEYS is set.

    metadata  encoding: binary/encrypted        data  12 random bytes, then the sealed payload and its tag
              encryption-key-id: 2026-11        what is sealed: the whole payload, its own encoding too

What is not encrypted is read as it is, so encryption is switched on while orders run; what was written under another key of the
list is read with that one, so keys are changed while orders run (docs/operations.md#payload-encryption). The key's id is
authenticated with the payload.

A payload that cannot be read is an error that is retried, never an answer: a workflow task that meets one fails, loudly, and is
done again once the key is there. Search attributes are not payloads in this sense: Temporal searches by them.
"""

import secrets
from collections.abc import Sequence
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from temporalio.api.common.v1 import Payload
from temporalio.converter import PayloadCodec

from ordermill.payload_keys import PayloadKey
from ordermill.process.converter import ENCRYPTED, KEY_ID, UnreadablePayload
from ordermill.process.meters import Meter

NONCE_BYTES: Final = 12


class PayloadEncryption(PayloadCodec):
    """`keys`: the first encrypts, all decrypt."""

    def __init__(self, keys: Sequence[PayloadKey], meter: Meter | None = None) -> None:
        self._own = keys[0].id
        self._ciphers = {key.id: AESGCM(key.secret) for key in keys}
        self._meter = meter or Meter()

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [self._sealed(payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """UnreadablePayload where one is of a key that is not among ours, or was changed."""
        return [self._opened(payload) for payload in payloads]

    def _sealed(self, payload: Payload) -> Payload:
        nonce, key_id = secrets.token_bytes(NONCE_BYTES), self._own.encode()
        sealed = self._ciphers[self._own].encrypt(nonce, payload.SerializeToString(), key_id)
        return Payload(metadata={"encoding": ENCRYPTED, KEY_ID: key_id}, data=nonce + sealed)

    def _opened(self, payload: Payload) -> Payload:
        if payload.metadata.get("encoding") != ENCRYPTED:
            return payload
        key_id = payload.metadata.get(KEY_ID, b"")
        name = key_id.decode(errors="replace")
        cipher = self._ciphers.get(name)
        if cipher is None:
            self._meter.payload_unreadable()
            raise UnreadablePayload(f"it is encrypted with key {name!r}, which is not in ORDERMILL_PAYLOAD_KEYS here")
        try:
            text = cipher.decrypt(payload.data[:NONCE_BYTES], payload.data[NONCE_BYTES:], key_id)
        except (InvalidTag, ValueError):
            self._meter.payload_unreadable()
            raise UnreadablePayload(
                f"it is not what was encrypted with key {name!r}: changed, or another key"
            ) from None
        self._meter.payload_read(name)
        return Payload.FromString(text)

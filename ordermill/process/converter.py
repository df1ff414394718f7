"""How values cross Temporal: pydantic JSON without the fields nobody set.

Leaving unset fields out keeps histories small, and keeps `model_fields_set`, by which commands that edit tell
"not given" from "set to null". Client, worker and replayer must all use this converter. An encrypted payload that reaches it was
not decrypted before (ordermill/process/encryption.py), because this process has no keys: it says so.
"""

import dataclasses
from typing import Any, Final

from temporalio.api.common.v1 import Payload
from temporalio.contrib.pydantic import PydanticPayloadConverter, ToJsonOptions
from temporalio.converter import CompositePayloadConverter, DataConverter, EncodingPayloadConverter

ENCRYPTED: Final = b"binary/encrypted"
KEY_ID: Final = "encryption-key-id"


class UnreadablePayload(RuntimeError):
    """A payload of Temporal's that this process cannot decrypt. Retried: it can once it has the key."""

    def __init__(self, why: str) -> None:
        super().__init__(f"a payload cannot be read: {why}")


class Encrypted(EncodingPayloadConverter):
    """Makes none, and reads none."""

    @property
    def encoding(self) -> str:
        return ENCRYPTED.decode()

    def to_payload(self, value: Any) -> Payload | None:
        """None: not one of ours."""

    def from_payload(self, payload: Payload, type_hint: type | None = None) -> Any:
        name = payload.metadata.get(KEY_ID, b"").decode(errors="replace")
        raise UnreadablePayload(f"it is encrypted with key {name!r}, and ORDERMILL_PAYLOAD_KEYS is not set here")


_ENCODINGS: Final = (
    *PydanticPayloadConverter(ToJsonOptions(exclude_unset=True)).converters.values(),
    Encrypted(),
)
"""Made once: the SDK makes a payload converter per workflow task, and the type adapters are kept in these."""


class CompactPayloadConverter(CompositePayloadConverter):
    """pydantic's, without unset fields."""

    def __init__(self) -> None:
        super().__init__(*_ENCODINGS)


data_converter = dataclasses.replace(DataConverter.default, payload_converter_class=CompactPayloadConverter)

"""How values cross Temporal: pydantic JSON without the fields nobody set.

Leaving unset fields out keeps histories small, and keeps `model_fields_set`, by which commands that edit tell
"not given" from "set to null". Client, worker and replayer must all use this converter.
"""

import dataclasses
from typing import Final

from temporalio.contrib.pydantic import PydanticPayloadConverter, ToJsonOptions
from temporalio.converter import CompositePayloadConverter, DataConverter

_ENCODINGS: Final = tuple(PydanticPayloadConverter(ToJsonOptions(exclude_unset=True)).converters.values())
"""Made once: the SDK makes a payload converter per workflow task, and the type adapters are kept in these."""


class CompactPayloadConverter(CompositePayloadConverter):
    """pydantic's, without unset fields."""

    def __init__(self) -> None:
        super().__init__(*_ENCODINGS)


data_converter = dataclasses.replace(DataConverter.default, payload_converter_class=CompactPayloadConverter)

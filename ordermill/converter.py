"""How values cross Temporal: pydantic JSON without the fields nobody set.

Leaving unset fields out keeps histories small, and keeps `model_fields_set`, by which commands that edit tell
"not given" from "set to null". Client, worker and replayer must all use this converter.
"""

import dataclasses

from temporalio.contrib.pydantic import PydanticPayloadConverter, ToJsonOptions
from temporalio.converter import DataConverter


class CompactPayloadConverter(PydanticPayloadConverter):
    def __init__(self) -> None:
        super().__init__(ToJsonOptions(exclude_unset=True))


data_converter = dataclasses.replace(DataConverter.default, payload_converter_class=CompactPayloadConverter)

"""The frozen pydantic base of everything the domain stores or receives."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict


class Model(BaseModel):
    """Frozen; unknown fields of older or newer rows are dropped; values never appear in error texts."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


def _whole_second_utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("a time needs an offset")
    return value.astimezone(UTC).replace(microsecond=0)


Time = Annotated[datetime, AfterValidator(_whole_second_utc)]
"""RFC 3339, UTC, whole seconds (contract section 0a)."""

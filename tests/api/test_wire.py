"""Every codec is a reversible pair (habit 8)."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.spelling import wire
from domain import ids, money

ULIDS = st.integers(min_value=0, max_value=2**128 - 1).map(ids.encode)
TIMES = st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30), timezones=st.just(UTC)).map(  # noqa: DTZ001
    lambda t: t.replace(microsecond=0)
)


@given(ULIDS, st.sampled_from(wire.PREFIXES))
def test_prefixed_ids(ulid: str, prefix: str) -> None:
    codec = wire.Prefixed(prefix)
    assert codec.decode(codec.encode(ulid)) == codec.decode(ulid) == codec.decode(ulid.lower()) == ulid
    assert wire.any_id(codec.encode(ulid)) == wire.any_id(wire.UUID.encode(ulid)) == wire.any_id(ulid) == ulid


@given(ULIDS)
def test_uuids(ulid: str) -> None:
    assert wire.UUID.decode(wire.UUID.encode(ulid)) == wire.UUID.decode(wire.UUID.encode(ulid).upper()) == ulid


@given(TIMES)
def test_times(moment: datetime) -> None:
    assert wire.RFC3339.decode(wire.RFC3339.encode(moment)) == moment
    assert wire.EPOCH.decode(wire.EPOCH.encode(moment)) == moment


@given(st.integers(0, money.MAX_AMOUNT), st.sampled_from(["JPY", "USD", "KWD", "CLF"]))
def test_decimals(amount: int, currency: str) -> None:
    codec = wire.Decimals(currency)
    assert codec.decode(codec.encode(amount)) == amount


@given(st.text())
def test_what_is_no_spelling_is_a_value_error_and_nothing_else(text: str) -> None:
    for codec in (wire.ORDER, wire.UUID, wire.RFC3339, wire.Decimals("USD")):
        try:
            codec.decode(text)
        except ValueError:
            continue


@pytest.mark.parametrize(("text", "hour"), [
    ("2024-06-15", 0), ("2024-06-15T10:00:00Z", 10), ("2024-06-15t10:00:00z", 10), ("2024-06-15T12:00:00+02:00", 10),
    ("2024-06-15T12:00:00 02:00", 10), ("2024-06-15T10:00:00.999Z", 10),
])  # fmt: skip
def test_times_are_read_as_people_write_them(text: str, hour: int) -> None:
    assert wire.RFC3339.decode(text) == datetime(2024, 6, 15, hour, tzinfo=UTC)


@given(st.text(max_size=70))
def test_external_ids_become_the_same_uuid_always(text: str) -> None:
    assert wire.external_uuid(text) == wire.external_uuid(text)
    assert len(wire.external_uuid(text)) == 36

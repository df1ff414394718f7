import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ids import ALPHABET, child, decode, encode, from_uuid, to_uuid, ulid_at

bits = st.integers(0, 2**128 - 1)


@given(bits)
def test_ulid_and_number_read_back(value: int) -> None:
    text = encode(value)
    assert len(text) == 26
    assert decode(text) == value
    assert decode(text.lower()) == value


@given(bits)
def test_ulid_and_uuid_are_the_same_bits_both_ways(value: int) -> None:
    text = encode(value)
    assert uuid.UUID(to_uuid(text)).int == value
    assert from_uuid(to_uuid(text)) == text
    assert from_uuid(to_uuid(text).upper()) == text


@given(bits, bits)
def test_ulids_sort_as_their_numbers_do(a: int, b: int) -> None:
    assert (encode(a) < encode(b)) == (a < b)


@given(bits.map(encode), st.sampled_from(["line", "payment", "refund"]), st.integers(1, 10**5))
def test_a_child_is_stable_and_keeps_the_orders_time(order_id: str, kind: str, serial: int) -> None:
    made = child(order_id, kind, serial)
    assert made == child(order_id, kind, serial)
    assert decode(made) >> 80 == decode(order_id) >> 80
    assert made != child(order_id, kind, serial + 1)
    assert made != child(order_id, f"{kind}s", serial)


@given(st.integers(0, 2**48 - 1), st.binary(min_size=10, max_size=16))
def test_a_ulid_of_a_moment_begins_with_it(time_ms: int, entropy: bytes) -> None:
    assert decode(ulid_at(time_ms, entropy)) >> 80 == time_ms


@pytest.mark.parametrize("text", ["", "0" * 25, "0" * 27, "U" * 26, "I" * 26, "8" + "0" * 25, "Z" * 26, "é" * 26])
def test_what_is_no_ulid_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"ULID|Crockford|128"):
        decode(text)


def test_the_alphabet_leaves_out_what_looks_alike() -> None:
    assert not set("ILOU") & set(ALPHABET)

import base64
import os
import pickle
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from temporalio.api.common.v1 import Payload

from ordermill.payload_keys import PayloadKey, parse
from ordermill.process.connect import codec_of, converter
from ordermill.process.converter import UnreadablePayload, data_converter
from ordermill.process.encryption import PayloadEncryption
from ordermill.process.meters import Meter
from ordermill.settings import Settings

A, B = (PayloadKey(name, name.encode() * 32) for name in "ab")


def text_of(*keys: PayloadKey) -> str:
    return ",".join(f"{key.id}:{base64.b64encode(key.secret).decode()}" for key in keys)


class Counting(Meter):
    def __init__(self) -> None:
        self.read: list[str] = []
        self.unreadable = 0

    def payload_read(self, key_id: str) -> None:
        self.read.append(key_id)

    def payload_unreadable(self) -> None:
        self.unreadable += 1


@given(data=st.binary(max_size=2000), name=st.text(max_size=50))
async def test_what_is_encrypted_is_read_again_whole(data: bytes, name: str) -> None:
    codec = PayloadEncryption([A])
    payload = Payload(metadata={"encoding": b"json/plain", "name": name.encode()}, data=data)
    (sealed,) = await codec.encode([payload])
    assert set(sealed.metadata) == {"encoding", "encryption-key-id"}
    assert len(data) < 8 or data not in sealed.data
    assert await codec.decode([sealed]) == [payload]


async def test_the_same_payload_never_looks_the_same_twice() -> None:
    codec = PayloadEncryption([A])
    sealed = await codec.encode([Payload(data=b"same")] * 100)
    assert len({payload.data for payload in sealed}) == 100


async def test_the_first_key_encrypts_and_every_key_reads() -> None:
    meter = Counting()
    (old,) = await PayloadEncryption([A]).encode([Payload(data=b"old")])
    both = PayloadEncryption([B, A], meter)
    (new,) = await both.encode([Payload(data=b"new")])
    assert (old.metadata["encryption-key-id"], new.metadata["encryption-key-id"]) == (b"a", b"b")
    assert [payload.data for payload in await both.decode([old, new])] == [b"old", b"new"]
    assert meter.read == ["a", "b"]


async def test_what_was_never_encrypted_is_read_as_it_is() -> None:
    payload = Payload(metadata={"encoding": b"json/plain"}, data=b"1")
    assert await PayloadEncryption([A]).decode([payload]) == [payload]


async def test_an_unknown_key_is_named_and_counted() -> None:
    meter = Counting()
    (sealed,) = await PayloadEncryption([A]).encode([Payload(data=b"x")])
    with pytest.raises(UnreadablePayload, match="encrypted with key 'a', which is not in ORDERMILL_PAYLOAD_KEYS here"):
        await PayloadEncryption([B], meter).decode([sealed])
    assert meter.unreadable == 1


@pytest.mark.parametrize("place", [0, 5, 12, 20, -1])
async def test_a_payload_that_was_changed_is_refused(place: int) -> None:
    codec = PayloadEncryption([A, PayloadKey("c", A.secret)])
    (sealed,) = await codec.encode([Payload(data=b"pay 5")])
    changed = bytearray(sealed.data)
    changed[place] ^= 1
    meter = Counting()
    for payload in (
        Payload(metadata=sealed.metadata, data=bytes(changed)),
        Payload(metadata=sealed.metadata, data=sealed.data[:10]),
        Payload(metadata={**sealed.metadata, "encryption-key-id": b"c"}, data=sealed.data),
    ):
        with pytest.raises(UnreadablePayload, match="not what was encrypted"):
            await PayloadEncryption([A, PayloadKey("c", A.secret)], meter).decode([payload])
    assert meter.unreadable == 3


async def test_a_process_without_keys_says_what_it_lacks() -> None:
    (sealed,) = await PayloadEncryption([A]).encode([Payload(data=b"x")])
    with pytest.raises(RuntimeError, match="binary/encrypted could not be converted") as caught:
        await data_converter.decode([sealed], [int])
    assert "key 'a', and ORDERMILL_PAYLOAD_KEYS is not set here" in str(caught.value.__cause__)


async def test_failures_are_encrypted_with_everything_else() -> None:
    from temporalio.api.failure.v1 import Failure
    from temporalio.exceptions import ApplicationError

    ours, failure = converter(PayloadEncryption([A])), Failure()
    await ours.encode_failure(ApplicationError("card of Jane declined", type="declined"), failure)
    assert b"Jane" not in failure.SerializeToString()
    read = await ours.decode_failure(failure)
    assert isinstance(read, ApplicationError)
    assert read.message == "card of Jane declined"


# The keys as text


@given(st.lists(st.from_regex(r"[A-Za-z0-9._-]{1,64}", fullmatch=True), min_size=1, max_size=4, unique=True))
def test_keys_are_read_in_their_order_however_they_are_separated(names: list[str]) -> None:
    keys = tuple(PayloadKey(name, os.urandom(32)) for name in names)
    for separator in (",", "\n", " , ", "\t"):
        assert parse(f" {text_of(*keys).replace(',', separator)}\n") == keys
    urlsafe = ",".join(f"{key.id}:{base64.urlsafe_b64encode(key.secret).decode()}" for key in keys)
    assert parse(urlsafe) == keys


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "entry 1 is not ID:KEY"),
        ("justakey", "entry 1 is not ID:KEY"),
        (f"{text_of(A)},b", "entry 2 is not ID:KEY"),
        ("a b:c", "entry 1 is not ID:KEY"),
        ("a:not-base-64!!", "key a is no base64"),
        ("a:c2hvcnQ=", "key a has 5 bytes, not 32"),
        (f"{text_of(A)},{text_of(PayloadKey('a', B.secret))}", "two keys are called a"),
    ],
)
def test_a_wrong_key_is_told_at_the_start_and_not_repeated(text: str, why: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Settings.model_validate({"payload_keys": text})
    assert why in str(caught.value)
    for secret in re.findall(r":(\S{6,})", text):
        assert secret not in str(caught.value)


def test_a_key_is_not_shown_where_settings_or_keys_are_printed() -> None:
    settings = Settings.model_validate({"payload_keys": text_of(A)})
    assert text_of(A).partition(":")[2] not in repr(settings)
    assert A.secret.decode() not in repr(A)
    assert pickle.loads(pickle.dumps(A)) == A  # noqa: S301 - our own


def test_without_keys_there_is_no_codec() -> None:
    assert codec_of(Settings()) is None
    assert isinstance(codec_of(Settings.model_validate({"payload_keys": text_of(A)})), PayloadEncryption)

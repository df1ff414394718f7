from collections.abc import Sequence

import pytest
from pydantic import BaseModel
from temporalio.api.common.v1 import Payload
from temporalio.converter import PayloadCodec

from ordermill.launch.ports import free_ports
from ordermill.process.connect import connect
from ordermill.settings import Settings


class Money(BaseModel):
    """Something pydantic."""

    amount: int


class Reversing(PayloadCodec):
    """Stands for encryption."""

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [Payload(metadata=payload.metadata, data=payload.data[::-1]) for payload in payloads]

    decode = encode


async def test_a_client_is_made_while_temporal_is_away() -> None:
    (port,) = free_ports(1)
    client = await connect(Settings(temporal_port=port))
    assert client.service_client.config.target_host == f"127.0.0.1:{port}"
    assert client.service_client.config.lazy


async def test_a_worker_is_told_that_temporal_is_away() -> None:
    (port,) = free_ports(1)
    with pytest.raises(RuntimeError, match="connect"):
        await connect(Settings(temporal_port=port), lazy=False)


async def test_models_cross_as_json_and_through_the_codec() -> None:
    client = await connect(Settings(), codec=Reversing())
    (payload,) = await client.data_converter.encode([Money(amount=5)])
    assert payload.data == b'{"amount":5}'[::-1]
    assert await client.data_converter.decode([payload], [Money]) == [Money(amount=5)]


async def test_an_own_address_takes_key_and_tls_from_temporals_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEMPORAL_API_KEY", "made-up")
    monkeypatch.setenv("TEMPORAL_ADDRESS", "elsewhere.invalid:7233")
    settings = Settings(temporal_address="cloud.invalid:7233", temporal_namespace="orders")
    client = await connect(settings)
    config = client.service_client.config
    assert (config.target_host, config.api_key, config.tls) == ("cloud.invalid:7233", "made-up", True)
    assert client.namespace == "orders"


async def test_the_embedded_server_never_gets_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEMPORAL_API_KEY", "made-up")
    client = await connect(Settings())
    assert client.service_client.config.api_key is None

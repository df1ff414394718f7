from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import BaseModel
from temporalio.api.common.v1 import Payload
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.converter import PayloadCodec
from temporalio.service import RPCError, RPCStatusCode, TLSConfig

from activities.upkeep import preparing
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


async def test_temporal_cloud_takes_a_client_certificate_from_files(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As deploy/k8s/overlays/temporal-cloud-mtls mounts them."""
    for name in ("tls.crt", "tls.key"):
        (tmp_path / name).write_text(f"the {name}")
    monkeypatch.setenv("TEMPORAL_TLS", "true")
    monkeypatch.setenv("TEMPORAL_TLS_CLIENT_CERT_PATH", str(tmp_path / "tls.crt"))
    monkeypatch.setenv("TEMPORAL_TLS_CLIENT_KEY_PATH", str(tmp_path / "tls.key"))
    client = await connect(Settings(temporal_address="shop.a1b2c.invalid:7233", temporal_namespace="shop.a1b2c"))
    tls = client.service_client.config.tls
    assert isinstance(tls, TLSConfig)
    assert (tls.client_cert, tls.client_private_key) == (b"the tls.crt", b"the tls.key")


async def test_a_worker_goes_on_where_temporal_lets_nobody_add_search_attributes() -> None:
    """Temporal Cloud: its own tools make them, once."""
    asked: list[str] = []

    class Operator:
        async def add_search_attributes(self, request: AddSearchAttributesRequest) -> None:
            asked.extend(request.search_attributes)
            raise RPCError("not yours", RPCStatusCode.PERMISSION_DENIED, b"")

    client: Any = SimpleNamespace(namespace="shop.a1b2c", operator_service=Operator())
    await preparing.register_search_attributes(client)
    assert len(asked) == 1, "told once, not once per attribute"

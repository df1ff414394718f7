"""How every process of ours reaches Temporal: one converter, one place for addresses, TLS and keys.

The rule: the API connects lazily, so that it starts, and answers 503, while Temporal is away. A worker cannot
(the SDK refuses lazy clients there): it passes `lazy=False` and tries again.
"""

import dataclasses
from collections.abc import Sequence

from temporalio.client import Client, HeaderCodecBehavior, Interceptor
from temporalio.converter import DataConverter, DefaultFailureConverterWithEncodedAttributes, PayloadCodec
from temporalio.envconfig import ClientConfig, ClientConnectConfig
from temporalio.runtime import Runtime

from ordermill.payload_keys import parse
from ordermill.process.converter import data_converter
from ordermill.process.meters import Meter
from ordermill.settings import Settings


async def connect(
    settings: Settings,
    *,
    codec: PayloadCodec | None = None,
    runtime: Runtime | None = None,
    interceptors: Sequence[Interceptor] = (),
    lazy: bool = True,
    meter: Meter | None = None,
) -> Client:
    """A client for the configured Temporal.

    With ORDERMILL_TEMPORAL_ADDRESS the SDK's own environment (`TEMPORAL_TLS…`, `TEMPORAL_API_KEY`, its profile file)
    adds TLS and credentials; the embedded server has neither. `codec` encrypts payloads, by default that of
    ORDERMILL_PAYLOAD_KEYS; `meter` counts by which keys. RuntimeError when not lazy and nobody answers.
    """
    options: ClientConnectConfig = {}
    if settings.temporal_address is not None:
        options = ClientConfig.load_client_connect_config()
    options["target_host"] = settings.temporal_target
    options["namespace"] = settings.temporal_namespace
    return await Client.connect(
        **options,
        data_converter=converter(codec or codec_of(settings, meter)),
        header_codec_behavior=HeaderCodecBehavior.CODEC,
        runtime=runtime,
        interceptors=interceptors,
        lazy=lazy,
    )


def codec_of(settings: Settings, meter: Meter | None = None) -> PayloadCodec | None:
    """What ORDERMILL_PAYLOAD_KEYS asks for; its library is loaded only then."""
    if settings.payload_keys is None:
        return None
    from ordermill.process.encryption import PayloadEncryption

    return PayloadEncryption(parse(settings.payload_keys.get_secret_value()), meter)


def converter(codec: PayloadCodec | None) -> DataConverter:
    """Ours, with this codec. Then the messages of failures are payloads too, and encrypted like all others."""
    if codec is None:
        return data_converter
    return dataclasses.replace(
        data_converter, payload_codec=codec, failure_converter_class=DefaultFailureConverterWithEncodedAttributes
    )

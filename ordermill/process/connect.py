"""How every process of ours reaches Temporal: one converter, one place for addresses, TLS and keys.

The rule: the API connects lazily, so that it starts, and answers 503, while Temporal is away. A worker cannot
(the SDK refuses lazy clients there): it passes `lazy=False` and tries again.
"""

import dataclasses
from collections.abc import Sequence

from temporalio.client import Client, Interceptor
from temporalio.converter import PayloadCodec
from temporalio.envconfig import ClientConfig, ClientConnectConfig
from temporalio.runtime import Runtime

from ordermill.process.converter import data_converter
from ordermill.settings import Settings


async def connect(
    settings: Settings,
    *,
    codec: PayloadCodec | None = None,
    runtime: Runtime | None = None,
    interceptors: Sequence[Interceptor] = (),
    lazy: bool = True,
) -> Client:
    """A client for the configured Temporal.

    With ORDERMILL_TEMPORAL_ADDRESS the SDK's own environment (`TEMPORAL_TLS…`, `TEMPORAL_API_KEY`, its profile file)
    adds TLS and credentials; the embedded server has neither. `codec` encrypts payloads. RuntimeError when not lazy
    and nobody answers.
    """
    options: ClientConnectConfig = {}
    if settings.temporal_address is not None:
        options = ClientConfig.load_client_connect_config()
    options["target_host"] = settings.temporal_target
    options["namespace"] = settings.temporal_namespace
    return await Client.connect(
        **options,
        data_converter=dataclasses.replace(data_converter, payload_codec=codec),
        runtime=runtime,
        interceptors=interceptors,
        lazy=lazy,
    )

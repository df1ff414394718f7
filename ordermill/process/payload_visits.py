"""Leaves out the visits the SDK pays to every payload of every activation when there is nothing to do there.

temporalio 1.35 walks each activation and each completion three times, for a reference codec, for external storage and for the
payload codec; with neither codec nor storage that changes nothing and costs 2.5 ms of CPU per order (docs/performance.md). It
offers no switch, so the two functions are replaced, and only in the release this was read in: another one keeps its own.
"""

from importlib.metadata import version
from typing import Any, Final

import temporalio.bridge.worker as bridge
from temporalio.converter import DataConverter

READ_IN: Final = "1.35."
"""The SDK's releases whose functions do nothing else."""
_decode: Final = bridge.decode_activation
_encode: Final = bridge.encode_completion


def has_nothing_to_do(converter: DataConverter) -> bool:
    """No codec and no external storage: payloads leave as the converter made them."""
    return converter.payload_codec is None and converter.external_storage is None


async def decode_activation(activation: Any, data_converter: DataConverter, *rest: Any, **named: Any) -> Any:
    if has_nothing_to_do(data_converter):
        return _nothing_moved()
    return await _decode(activation, data_converter, *rest, **named)


async def encode_completion(completion: Any, data_converter: DataConverter, *rest: Any, **named: Any) -> Any:
    if has_nothing_to_do(data_converter):
        return _nothing_moved()
    return await _encode(completion, data_converter, *rest, **named)


def _nothing_moved() -> Any:
    from temporalio.converter import _extstore

    return _extstore.StorageOperationMetrics()


def leave_out() -> bool:
    """For this process, from now on. False: another SDK, which keeps its own."""
    if not version("temporalio").startswith(READ_IN):
        return False
    bridge.decode_activation = decode_activation
    bridge.encode_completion = encode_completion
    return True

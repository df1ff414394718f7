"""The visits that the SDK pays to payloads are left out only where they do nothing."""

import dataclasses
from collections.abc import Sequence
from importlib.metadata import version

import pytest
import temporalio.bridge.worker as bridge
from temporalio.api.common.v1 import Payload
from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.converter import PayloadCodec

from ordermill.process import payload_visits
from ordermill.process.converter import data_converter


class Shouting(PayloadCodec):
    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [Payload(metadata=p.metadata, data=p.data.upper()) for p in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [Payload(metadata=p.metadata, data=p.data.lower()) for p in payloads]


def activation() -> WorkflowActivation:
    act = WorkflowActivation()
    act.jobs.add().signal_workflow.input.add(data=b"HEARD")
    return act


@pytest.mark.parametrize(("codec", "read"), [(None, b"HEARD"), (Shouting(), b"heard")])
async def test_a_codec_still_sees_every_payload(codec: PayloadCodec | None, read: bytes) -> None:
    act = activation()
    converter = dataclasses.replace(data_converter, payload_codec=codec)
    metrics = await payload_visits.decode_activation(act, converter, decode_headers=False, storage_concurrency_limit=1)
    assert act.jobs[0].signal_workflow.input[0].data == read
    assert metrics is not None


def test_another_sdk_keeps_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever upgrades the SDK reads those two functions again, and says so in READ_IN."""
    assert version("temporalio").startswith(payload_visits.READ_IN)
    before = (bridge.decode_activation, bridge.encode_completion)
    monkeypatch.setattr(payload_visits, "READ_IN", "0.")
    assert payload_visits.leave_out() is False
    assert (bridge.decode_activation, bridge.encode_completion) == before

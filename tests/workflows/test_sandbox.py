"""Which sandbox a worker gets: the quick one asks no workflow about its payloads, so it is for converters that do not care."""

import dataclasses
from collections.abc import Sequence

from temporalio.api.common.v1 import Payload
from temporalio.converter import PayloadCodec, SerializationContext, WithSerializationContext
from temporalio.worker import UnsandboxedWorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

import worker
from ordermill.process.converter import data_converter
from ordermill.process.sandbox import ContextFreeRunner
from ordermill.settings import Settings


class Codec(PayloadCodec):
    """Encrypts with one key."""

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return list(payloads)

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return list(payloads)


class CodecPerWorkflow(Codec, WithSerializationContext):
    """Encrypts with a key per workflow."""

    def with_context(self, context: SerializationContext) -> "CodecPerWorkflow":
        return self


def test_payloads_are_not_asked_about_where_nobody_wants_to_know() -> None:
    assert type(worker.runner(Settings())) is ContextFreeRunner
    assert (
        type(worker.runner(Settings(), dataclasses.replace(data_converter, payload_codec=Codec()))) is ContextFreeRunner
    )


def test_a_codec_with_contexts_gets_them() -> None:
    runner = worker.runner(Settings(), dataclasses.replace(data_converter, payload_codec=CodecPerWorkflow()))
    assert type(runner) is SandboxedWorkflowRunner


def test_both_share_the_same_modules() -> None:
    runner = worker.runner(Settings())
    assert isinstance(runner, SandboxedWorkflowRunner)
    assert runner.restrictions is worker.RESTRICTIONS


def test_the_sandbox_can_be_switched_off() -> None:
    assert type(worker.runner(Settings(sandbox_workflows=False))) is UnsandboxedWorkflowRunner

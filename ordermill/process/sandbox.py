"""Temporal's workflow sandbox, without asking it how each payload is to be encoded.

The SDK asks every workflow, inside its sandbox and six times per payload, for the context a converter or codec may want (which
activity, which workflow). Each question enters the sandbox, compiles a line and leaves again: a third of a worker's Python
time (docs/performance.md), for an answer that a converter without contexts does not look at. Ours has none.
"""

from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.converter import SerializationContext, StorageDriverStoreContext
from temporalio.worker import WorkflowInstance, WorkflowInstanceDetails
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner
from temporalio.workflow import Info

_NO_TARGET = StorageDriverStoreContext(target=None)


class ContextFreeInstance(WorkflowInstance):
    """A workflow whose payloads have no context."""

    def __init__(self, sandboxed: WorkflowInstance) -> None:
        self._sandboxed = sandboxed

    def activate(self, act: WorkflowActivation) -> WorkflowActivationCompletion:
        return self._sandboxed.activate(act)

    def get_serialization_context(self, command_info: object) -> SerializationContext | None:
        """None: the converter as it is."""

    def get_external_store_context(self, command_info: object) -> StorageDriverStoreContext:
        return _NO_TARGET

    def get_info(self) -> Info:
        return self._sandboxed.get_info()

    def get_thread_id(self) -> int | None:
        return self._sandboxed.get_thread_id()


class ContextFreeRunner(SandboxedWorkflowRunner):
    """The sandbox, for data converters and codecs without contexts and without external storage."""

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        return ContextFreeInstance(super().create_instance(det))

"""Worker versioning (docs/upgrades.md): with ORDERMILL_BUILD_ID a worker says which build it is, and Temporal decides which
build takes whose tasks: ramped in parts, made current, drained, rolled back, by `temporal worker deployment …`.

The rule: AUTO_UPGRADE, never PINNED. An order lives for months and its activities would stay with its first build as long;
here the next task of every order goes to whichever build is current. An incompatible workflow is rebuilt, not patched.
"""

from temporalio.api.workflowservice.v1 import DescribeWorkerDeploymentRequest
from temporalio.client import Client
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import WorkerDeploymentConfig

from ordermill.settings import Settings


def config(settings: Settings) -> WorkerDeploymentConfig | None:
    """What a worker is told; None without a build id: such a worker takes whatever no build is current for."""
    if settings.build_id is None:
        return None
    return WorkerDeploymentConfig(
        version=WorkerDeploymentVersion(settings.deployment, settings.build_id),
        use_worker_versioning=True,
        default_versioning_behavior=VersioningBehavior.AUTO_UPGRADE,
    )


async def is_current(client: Client, settings: Settings) -> bool:
    """Whether tasks of every order come to this build: before that, a run it rebuilt would begin again under the old one.

    RPCError when Temporal does not say."""
    request = DescribeWorkerDeploymentRequest(namespace=client.namespace, deployment_name=settings.deployment)
    try:
        told = await client.workflow_service.describe_worker_deployment(request)
    except RPCError as error:
        if error.status in (RPCStatusCode.UNAVAILABLE, RPCStatusCode.DEADLINE_EXCEEDED):
            raise
        return settings.build_id is None  # no such deployment yet, or a server without any
    current = told.worker_deployment_info.routing_config.current_deployment_version.build_id
    return current == (settings.build_id or "")

"""Worker versioning: Temporal's current build takes every order's next task, whichever build began its run."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from temporalio.api.workflowservice.v1 import SetWorkerDeploymentCurrentVersionRequest
from temporalio.service import RPCError

import worker
from activities.upkeep.reaching import Reaching
from domain import commands as c
from domain.order import Order
from ordermill.process import deployment
from ordermill.settings import Settings
from tests.workflows.shop import Shop, opened
from workflows import card


@asynccontextmanager
async def build(shop: Shop, build_id: str) -> AsyncIterator[Settings]:
    """A worker of this build, for the length of the block."""
    settings = shop.settings.model_copy(update={"build_id": build_id, "deployment": shop.settings.task_queue})
    async with worker.build(shop.client, shop.database, settings):
        yield settings


async def make_current(shop: Shop, build_id: str) -> None:
    """As `temporal worker deployment set-current-version` does, once its queues are polled."""
    request = SetWorkerDeploymentCurrentVersionRequest(
        namespace=shop.client.namespace, deployment_name=shop.settings.task_queue, build_id=build_id
    )
    async with asyncio.timeout(20):
        while True:
            try:
                await shop.client.workflow_service.set_worker_deployment_current_version(request)
            except RPCError:
                await asyncio.sleep(0.1)
            else:
                return


async def goes_on_under(shop: Shop, order: Order, build_id: str) -> None:
    """Soon: task queues hear of another current build a moment after it was named."""
    async with asyncio.timeout(20):
        while await build_of(shop, order) != build_id:
            order = await shop.do(order, c.AddNote(body="next"))


async def build_of(shop: Shop, order: Order) -> str:
    info = (await shop.handle(order).describe()).raw_description.workflow_execution_info.versioning_info
    return info.deployment_version.build_id


async def test_orders_go_on_under_the_build_that_is_current(temporal: str, sqlite_url: str, tmp_path: Path) -> None:
    async with opened(temporal, sqlite_url, tmp_path, works=False) as shop, build(shop, "a") as a:
        assert not await deployment.is_current(shop.client, a)
        await make_current(shop, "a")
        assert await deployment.is_current(shop.client, a)
        order = await shop.placed()
        assert await build_of(shop, order) == "a"
        async with build(shop, "b") as b:
            await make_current(shop, "b")
            assert (await deployment.is_current(shop.client, a), await deployment.is_current(shop.client, b)) == (
                False,
                True,
            )
            order = await shop.do(order, c.Pay(payment_method="pm_card_visa"))
            assert await build_of(shop, order) == "b", "money too: its activity goes with the run"
            await make_current(shop, "a")
            await goes_on_under(shop, await shop.do(order, c.Fulfill()), "a")


async def test_a_worker_without_a_build_is_current_where_no_build_is(
    temporal: str, sqlite_url: str, tmp_path: Path
) -> None:
    async with opened(temporal, sqlite_url, tmp_path) as shop:
        plain = shop.settings.model_copy(update={"deployment": f"none-{os.urandom(4).hex()}"})
        assert deployment.config(plain) is None
        assert await deployment.is_current(shop.client, plain)
        assert not await deployment.is_current(shop.client, plain.model_copy(update={"build_id": "x"}))


async def test_a_run_is_rebuilt_once_however_many_workers_look_for_older_ones(shop: Shop) -> None:
    order = await shop.placed()
    reaching = Reaching(shop.client, shop.database, shop.settings.task_queue)
    assert await reaching.rebuild(order.id, unless_shape=card.CURRENT_SHAPE) == "current"
    assert await reaching.rebuild(order.id, unless_shape="another") == "reset"


@pytest.mark.parametrize("wrong", ["", "x" * 201])
def test_a_build_id_is_a_text_of_a_fitting_length(wrong: str) -> None:
    with pytest.raises(ValueError, match="build_id"):
        Settings(build_id=wrong)

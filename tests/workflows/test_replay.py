"""Every stored history replays: a workflow that is changed must still be able to go on with yesterday's orders."""

import json
import re

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer
from temporalio.workflow import NondeterminismError

import worker
from ordermill.process.converter import data_converter
from ordermill.settings import Settings
from tests.workflows.record import HISTORIES, RELEASE, threshold
from tests.workflows.scenarios import SCENARIOS
from workflows.order import OrderWorkflow

FILES = sorted(str(path.relative_to(HISTORIES)) for path in HISTORIES.glob("*/*.json"))


def scenario(name: str) -> str:
    return re.sub(r"(\.\d+)?\.json$", "", name.rpartition("/")[2])


def stored(name: str) -> str:
    """`name`: release/file, or a file of this release."""
    return (HISTORIES / name if "/" in name else RELEASE / name).read_text()


async def replay(name: str, history: str) -> None:
    replayer = Replayer(
        workflows=[OrderWorkflow], data_converter=data_converter, workflow_runner=worker.runner(Settings())
    )
    with threshold(scenario(name)):
        await replayer.replay_workflow(WorkflowHistory.from_json("order-of-yesterday", history))


@pytest.mark.parametrize("name", FILES)
async def test_a_stored_history_replays(name: str) -> None:
    await replay(name, stored(name))


def test_every_scenario_has_its_histories_in_this_release() -> None:
    assert {scenario(path.name) for path in RELEASE.glob("*.json")} == set(SCENARIOS)


def test_the_histories_hold_what_their_names_say() -> None:
    held = {
        "happy-path.json": "EVENT_TYPE_TIMER_FIRED",
        "continued-as-new.1.json": "EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW",
        "outage-fallback.json": "StoreUnavailable",
        "operator-cancel.json": "EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED",
        "operator-refused.1.json": "EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED",
        "races-lost.json": "order_already_cancelled",
        "facts.json": "EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED",
        "woken.2.json": "EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED",
        "checkout.json": "authorize payment",
    }
    assert [name for name, mark in held.items() if mark not in stored(name)] == []


def tampered(name: str, kind: str) -> str:
    """The history with its last event of a kind turned into one this workflow would not have asked for."""
    history = json.loads(stored(name))
    events = [event for event in history["events"] if event["eventType"] == f"EVENT_TYPE_{kind}"]
    attributes = next(value for key, value in events[-1].items() if key.endswith("Attributes"))
    if kind == "ACTIVITY_TASK_SCHEDULED":
        attributes["activityType"]["name"] = "another_activity"
    else:
        history["events"].remove(events[-1])
        for event in history["events"]:
            if int(event["eventId"]) > int(events[-1]["eventId"]):
                event["eventId"] = str(int(event["eventId"]) - 1)
    return json.dumps(history)


@pytest.mark.parametrize("kind", ["ACTIVITY_TASK_SCHEDULED", "TIMER_STARTED", "UPSERT_WORKFLOW_SEARCH_ATTRIBUTES"])
async def test_a_tampered_history_does_not_replay(kind: str) -> None:
    with pytest.raises(NondeterminismError):
        await replay("happy-path.json", tampered("happy-path.json", kind))


async def test_a_changed_threshold_stops_the_orders_recorded_under_another() -> None:
    """Why UPDATES_PER_RUN is never lowered without a patch: an order that is past it already would not go on."""
    with pytest.raises(NondeterminismError):
        await replay("happy-path.json", stored("continued-as-new.1.json"))

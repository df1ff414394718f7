"""What an operator can do to an order's workflow, with Temporal's own command line and nothing of ours.

The rule: no test of a fault reaches into Temporal with a client of our making. What is tried here can be typed.
"""

import json
import subprocess
from typing import Any

from tests.faults.engine import Engine

SWEEP = "ordermill-sweep"
Done = subprocess.CompletedProcess[str]


def run(engine: Engine, *arguments: str, seconds: float = 30) -> Done:
    """`temporal …` against the engine's server. What fails is for the caller to judge."""
    line = [str(engine.server.cli), *arguments, "--address", engine.server.address]
    return subprocess.run(line, check=False, capture_output=True, text=True, timeout=seconds)


def insist(engine: Engine, *arguments: str) -> str:
    """The same, and it succeeds."""
    done = run(engine, *arguments)
    assert done.returncode == 0, f"temporal {' '.join(arguments)}: {done.stderr}"
    return done.stdout


def workflow(order: dict[str, Any]) -> str:
    """The workflow id of an order as the API shows it."""
    return str(order["id"]).replace("order_", "order-")


def reset(engine: Engine, order: dict[str, Any]) -> None:
    """To the first workflow task: everything the run ever was told is told to a new one."""
    insist(
        engine, "workflow", "reset", "--workflow-id", workflow(order), "--type", "FirstWorkflowTask", "--reason", "test"
    )


def terminate(engine: Engine, order: dict[str, Any]) -> None:
    insist(engine, "workflow", "terminate", "--workflow-id", workflow(order), "--reason", "test")


def signal(engine: Engine, order: dict[str, Any], name: str, *inputs: str) -> None:
    """Send a signal; each input is JSON."""
    given = [part for text in inputs for part in ("--input", text)]
    insist(engine, "workflow", "signal", "--workflow-id", workflow(order), "--name", name, *given)


def update(engine: Engine, order: dict[str, Any], name: str, *inputs: str) -> Done:
    """Send an update and wait for what becomes of it; each input is JSON."""
    given = [part for text in inputs for part in ("--input", text)]
    return run(engine, "workflow", "update", "execute", "--workflow-id", workflow(order), "--name", name, *given)


def described(engine: Engine, order: dict[str, Any]) -> dict[str, Any]:
    """Temporal's description of the latest run."""
    found: dict[str, Any] = json.loads(
        insist(engine, "workflow", "describe", "--workflow-id", workflow(order), "-o", "json")
    )
    return found


def runs(engine: Engine, order: dict[str, Any]) -> bool:
    """Whether a run is open."""
    about = described(engine, order)["workflowExecutionInfo"]
    return bool(about["status"] == "WORKFLOW_EXECUTION_STATUS_RUNNING")


def events(engine: Engine, order: dict[str, Any]) -> list[str]:
    """The latest run's history: each event's type without its prefix."""
    shown = json.loads(insist(engine, "workflow", "show", "--workflow-id", workflow(order), "-o", "json"))
    return [str(event["eventType"]).removeprefix("EVENT_TYPE_") for event in shown["events"]]


def idle(engine: Engine, order: dict[str, Any]) -> bool:
    """A run is open, and it has nothing to do at the moment: no workflow task, no activity waits or runs."""
    about = described(engine, order)
    return (
        about["workflowExecutionInfo"]["status"] == "WORKFLOW_EXECUTION_STATUS_RUNNING"
        and not about.get("pendingWorkflowTask")
        and not about.get("pendingActivities")
    )


def sweep(engine: Engine) -> None:
    """Let the sweep happen now instead of within its half minute."""
    insist(engine, "schedule", "trigger", "--schedule-id", SWEEP)

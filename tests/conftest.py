"""How tests are spread over processes: those that share a server stay together, so that it starts once.

xdist's own mark for that (`xdist_group`) does nothing with pytest 9.2, and says nothing (pytest-xdist#1386). Here a test's path
decides, and the run ends when a group was torn apart.
"""

import gc
import re
from typing import Final

import pytest
from xdist.remote import Producer  # type: ignore[import-untyped]
from xdist.scheduler.loadscope import LoadScopeScheduling  # type: ignore[import-untyped]

from api.faces import AXES
from store.lists import facets

SHARED: Final = re.compile(
    r"tests/(?:(activities|clients|e2e|money|store|stripe|watched|webhooks|workflows)/"
    r"|(?:faults|architecture|console|ordermill)/test_(outage|image|after_sale|listen|browser)\w*\.py)"
)
"""Directories with a Temporal server, an engine, a simulator or PostgreSQL per session; and files with one of their own."""
facets.register(AXES)  # as every process of ours does at its start: a test may save an order without one
_ran_in: Final[dict[str, str]] = {}
pytest.register_assert_rewrite("tests.api.faces", "tests.api.verbs", "tests.book.tale", "tests.book.stories")
"""Modules that assert for tests without being any: their failures say what was compared."""


def group_of(nodeid: str) -> str | None:
    """The group of a test; None for one that may run anywhere."""
    if shared := SHARED.match(nodeid):
        return shared[1] or shared[2]
    if nodeid.startswith("tests/faults/test_crash.py::"):  # eighteen kills of some ten seconds: two groups
        return "crash-1" if re.search(r"\[(pay|cancel)-", nodeid) else "crash-2"
    return None


class Together(LoadScopeScheduling):  # type: ignore[misc]
    """The largest groups first, then every other test by itself."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid) or nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Together:
    return Together(config, log)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """In the process that spreads them, where a report knows the worker it comes from."""
    group, worker = group_of(report.nodeid), getattr(report, "node", None)
    if group and worker and _ran_in.setdefault(group, worker.gateway.id) != worker.gateway.id:
        pytest.exit(f"the tests of {group} ran in {_ran_in[group]} and in {worker.gateway.id}", returncode=1)


def pytest_collection_finish() -> None:
    """The tests themselves stay: a collector that looked at them again and again cost a tenth of the suite's time, and held a
    workflow for seconds, which the SDK takes for a deadlock."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)

"""schemathesis over every operation of every face: no 5xx, no status, type or shape that OpenAPI does not promise.

ORDERMILL_SCHEMATHESIS_EXAMPLES is how many cases each operation gets; the default is CI's. The seed is fixed.
"""

import asyncio
import json
import logging
import os
import time
from collections import Counter
from typing import Any, Final

import httpx2
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from schemathesis import Response
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from ordermill.process.config import load
from ordermill.settings import Settings
from store.access import heartbeats
from tests.api.client import ROOT, Api, running
from tests.api.faces import as_uuid

EXAMPLES: Final = int(os.environ.get("ORDERMILL_SCHEMATHESIS_EXAMPLES", "4"))
FACES: Final = ("hanzo", "zephyr", "storefront", "commercehq", "engine")
CHECKS: Final = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance,
    response_schema_conformance,
]  # fmt: skip
LOG: Final = logging.getLogger(__name__)
Known = dict[str, list[str]]


async def lived_in(api: Api) -> Known:
    """Orders in every state; path parameter -> what exists of it, as the faces spell it."""
    await heartbeats.beat(api.db, "w1", int(time.time()))
    orders = [await make() for make in (api.order, api.paid, api.shipped, api.delivered)]
    last, returned = orders[-1], orders[2]["id"]
    await api.ok("POST", f"/order/{returned}/deliver", {})
    item = {"itemId": orders[2]["items"][0]["id"], "quantity": 1}
    back = await api.ok("POST", f"/order/{returned}/return", {"items": [item]})
    note = (await api.ok("POST", f"/api/v1/orders/{last['displayId'][1:]}/notes", {"body": "called"}))["data"]
    parcels = await api.ok("GET", f"/orders/{last['displayId'][1:]}")
    hook = await api.ok("POST", "/webhook", {"url": "https://example.com/h", "events": ["*"]})
    spelled = [s for o in orders for s in (o["id"], as_uuid(o["id"][6:]), o["displayId"][1:])]
    return {
        "id": [*spelled, hook["id"]],
        "order_id": spelled,
        "returnId": [back["id"]],
        "line_item_id": [as_uuid(order["items"][0]["id"][6:]) for order in orders],
        "fulfillment_id": [as_uuid(last["fulfillments"][0]["id"][4:])],
        "fulfilment_id": [str(parcels["fulfilments"][0]["id"])],
        "shipment_id": [str(parcels["shipments"][0]["id"])],
        "note_id": [note["id"]],
        "variantId": ["var_xyz789", "var_001"],
    }


def cases(operation: APIOperation[Any, Any, Any, Any], known: Known) -> st.SearchStrategy[Any]:
    """The operation's cases; three of four name things that exist."""

    def placed(case: Any, chosen: dict[str, str], real: int) -> Any:
        if real:
            case.path_parameters = {**case.path_parameters, **chosen}
        return case

    names = [p.name for p in operation.path_parameters if p.name in known]
    chosen = st.fixed_dictionaries({name: st.sampled_from(known[name]) for name in names})
    return st.builds(placed, operation.as_strategy(), chosen, st.integers(0, 3))


def answer_of(response: httpx2.Response, sent: requests.PreparedRequest) -> Response:
    headers: dict[str, list[str]] = {}
    for name, value in response.headers.multi_items():
        headers.setdefault(name, []).append(value)
    return Response(response.status_code, headers, response.content, sent, elapsed=0.0, verify=False)


class Runner:
    """Cases from a thread of hypothesis' own, requests on the test's loop. `seen`: how many got which status."""

    def __init__(self, api: Api, known: Known, loop: asyncio.AbstractEventLoop) -> None:
        self.api, self.known, self.loop = api, known, loop
        self.seen: Counter[int] = Counter()

    def send(self, case: Any) -> None:
        given_ = case.as_transport_kwargs(base_url="http://127.0.0.1:8000")
        sent = requests.Request(**{k: v for k, v in given_.items() if k in REQUEST}).prepare()
        sent.headers["Authorization"] = f"Bearer {self.api.key}"
        headers = {name: v.decode("latin-1") if isinstance(v, bytes) else v for name, v in sent.headers.items()}
        content = sent.body.encode() if isinstance(sent.body, str) else sent.body
        assert content is None or isinstance(content, bytes)
        asked = self.api.http.request(str(sent.method), str(sent.url), content=content, headers=headers)
        response = asyncio.run_coroutine_threadsafe(asked, self.loop).result(30)
        self.seen[response.status_code] += 1
        case.validate_response(answer_of(response, sent), checks=CHECKS)

    def run(self, operation: APIOperation[Any, Any, Any, Any]) -> None:
        @seed(1)
        @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(cases(operation, self.known))
        def every(case: Any) -> None:
            self.send(case)

        every()


REQUEST: Final = frozenset(("method", "url", "headers", "params", "data", "json", "cookies"))


@pytest.mark.slow
@pytest.mark.timeout(60 + 30 * EXAMPLES)
@pytest.mark.parametrize("face", FACES)
async def test_no_case_gets_an_answer_that_openapi_does_not_promise(sqlite_url: str, face: str) -> None:
    config = load(Settings(config=ROOT / "ordermill.yaml"), {"ORDERMILL_RATE_LIMIT__PER_MINUTE": "0"})
    async with running(sqlite_url, config=config) as api:
        runner = Runner(api, await lived_in(api), asyncio.get_running_loop())
        schema = schemathesis.openapi.from_dict(json.loads(json.dumps(api.app.openapi())))
        read = list(schema.include(tag=face).get_all_operations())
        found = [one.ok() for one in read if isinstance(one, Ok)]
        assert len(found) == len(read)
        for operation in found:
            await asyncio.to_thread(runner.run, operation)
    statuses = dict(sorted(runner.seen.items()))
    LOG.info("%s: %d operations, %d cases: %s", face, len(found), sum(statuses.values()), statuses)
    assert sum(runner.seen.values()) >= len(found)
    assert runner.seen[200] > 0

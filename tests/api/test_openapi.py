"""The API's description of itself: complete, consistent, and readable without the internet."""

from typing import Any

import pytest

from api.faces import FACES, face_of
from domain.events import EVENTS
from tests.api.client import Api


async def test_the_document_is_served_and_every_reference_leads_somewhere(api: Api) -> None:
    document = (await api.http.get("/openapi.json")).json()
    schemas = document["components"]["schemas"]
    for reference in references(document):
        assert reference.removeprefix("#/components/schemas/") in schemas, reference


async def test_every_route_of_every_face_is_described_with_its_errors(api: Api) -> None:
    document = api.app.openapi()
    for face in FACES.values():
        for route in face.routes.all:
            operation = document["paths"][route.path][route.method.lower()]
            assert {"401", "403", "422", "500", "503"} <= set(operation["responses"]), operation["operationId"]
            if route.kind == "command":
                assert {"202", "400", "402", "404", "409", "412", "413", "504"} <= set(operation["responses"])
            if not route.reads:
                assert operation["requestBody"]["content"]["application/json"]["schema"]
            assert operation["summary"]


async def test_operation_ids_are_unique(api: Api) -> None:
    found = [o["operationId"] for operations in api.app.openapi()["paths"].values() for o in operations.values()]
    assert len(found) == len(set(found))


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
async def test_docs_pages_load_nothing_from_elsewhere(api: Api, path: str) -> None:
    page = await api.http.get(path)
    assert page.status_code == 200
    assert "https://" not in page.text.replace("https://fastapi.tiangolo.com/img/favicon.png", "https://")


async def test_health_answers_without_a_key(api: Api) -> None:
    from store.access import heartbeats

    assert (await api.http.get("/health/live")).json() == {"status": "ok"}
    down = await api.http.get("/health/ready")
    assert (down.status_code, down.json()["checks"]) == (
        503,
        {"database": True, "writes": True, "temporal": True, "worker": False},
    )
    import time

    await heartbeats.beat(api.db, "w1", int(time.time()))
    assert (await api.http.get("/health/ready")).json()["status"] == "ok"


def test_every_face_that_names_events_names_every_event() -> None:
    for face in FACES.values():
        if face.events:
            assert set(face.events) == set(EVENTS), face.name


def test_paths_belong_to_the_face_with_the_longest_prefix() -> None:
    for face in FACES.values():
        for route in face.routes.all:
            assert face_of(route.path) is face, route.path
    assert face_of("/orderly").name == "hanzo"  # nobody's: the first face answers


def references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [r for value in node.values() for r in references(value)]
    if isinstance(node, list):
        return [r for value in node for r in references(value)]
    return []

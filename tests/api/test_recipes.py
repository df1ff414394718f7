"""`ordermill trigger`: every event an endpoint may subscribe to has a recipe, and its steps make that event."""

from typing import Any

import pytest

from api.faces import FACES
from ordermill.commands.recipes import RECIPES, filled
from ordermill.commands.trigger import bring
from tests.api.client import Api


def test_every_event_of_every_face_has_a_recipe_and_nothing_else_does() -> None:
    named = {name for face in FACES.values() for name in face.events.values() if name is not None}
    assert set(RECIPES) == named


@pytest.mark.parametrize("event", sorted(RECIPES))
async def test_a_recipe_makes_its_event(api: Api, event: str) -> None:
    async def call(method: str, path: str, body: dict[str, Any] | None = None, expect: int = 0) -> Any:
        answer = await api(method, path, None if method == "GET" else body or {})
        assert answer.status_code < 400 or answer.status_code == expect, answer.text
        return answer.json() if answer.content else None

    order = await bring(call, RECIPES[event])
    happened = [each["type"] for each in (await api.ok("GET", f"/order/{order['id']}/events"))["models"]]
    assert event in {face.events.get(kind) for face in FACES.values() for kind in happened}


def test_ids_are_put_in_wherever_they_stand() -> None:
    body = {"items": [{"itemId": "{item}", "quantity": 1}], "note": "{other}"}
    assert filled(body, {"item": "oitem_1"}) == {"items": [{"itemId": "oitem_1", "quantity": 1}], "note": "{other}"}

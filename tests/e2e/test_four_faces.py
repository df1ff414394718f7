"""One order, four faces, on the real engine: real Temporal, real processes, both databases."""

import asyncio
from typing import Any

import httpx2
import pytest

from tests.api.faces import Send, Story
from tests.api.verbs import perform, place
from tests.faults.engine import Engine

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

LIVES = {
    "hanzo": [
        ("confirm", "hanzo"), ("pay part", "storefront"), ("pay", "zephyr"), ("ship one", "commercehq"), ("ship", "zephyr"),
        ("deliver", "storefront"), ("refund", "commercehq"), ("return", "hanzo"), ("update", "zephyr"),
        ("close", "storefront"), ("reopen", "storefront"), ("refund the rest", "zephyr"),
    ],
    "storefront": [
        ("authorize", "hanzo"), ("capture", "storefront"), ("add a line", "storefront"), ("pay", "hanzo"),
        ("want less", "storefront"), ("send one", "commercehq"), ("take back", "commercehq"), ("note", "storefront"),
        ("cancel", "zephyr"), ("reopen", "storefront"), ("pay", "hanzo"), ("restock a unit", "commercehq"),
        ("ship", "hanzo"), ("deliver", "zephyr"), ("refund", "storefront"),
    ],
}  # fmt: skip
"""Who places -> verbs, each through the face named."""


def sender(http: httpx2.Client) -> Send:
    async def send(method: str, path: str, body: Any) -> Any:
        answer = http.request(method, path, json=body)
        assert answer.status_code < 300, (method, path, answer.status_code, answer.text)
        return answer.json() if answer.content else None

    return send


@pytest.mark.parametrize("placer", LIVES)
def test_the_four_views_and_the_events_agree_with_the_book(engine: Engine, placer: str) -> None:
    async def lived() -> None:
        story = Story(sender(http))
        await place(story, placer)
        for verb, face in LIVES[placer]:
            await perform(story, verb, face)

    with engine.client() as http:
        asyncio.run(lived())

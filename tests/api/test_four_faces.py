"""One order, four faces: placed and led by any, it reads the same through all, and as a book kept by hand says."""

from typing import Any

import pytest

from tests.api.client import Api
from tests.api.faces import Send, Story
from tests.api.verbs import EFFECTS, PLACING, VERBS, perform, place

LIVES: dict[str, list[str]] = {
    "a whole life": [
        "update", "confirm", "note", "pay part", "pay", "ship one", "ship", "deliver", "refund", "reject a return",
        "return", "refund a unit", "close", "update", "reopen", "close", "refund the rest",
    ],
    "cancelled and paid again": ["confirm", "pay", "cancel", "update", "reopen", "pay", "ship", "deliver", "close"],
    "never paid": ["update", "cancel"],
    "held": ["confirm", "authorize", "void", "authorize", "capture", "refund", "ship"],
    "held and cancelled": ["confirm", "authorize", "cancel", "reopen", "authorize", "cancel"],
    "edited": [
        "confirm", "pay", "add a line", "pay", "remove the line", "want more", "pay", "want less", "ship", "deliver",
    ],
    "sent and taken back": [
        "confirm", "pay", "send one", "take back", "ship one", "take back", "ship", "unship", "ship", "deliver",
    ],
    "restocked": ["confirm", "pay", "restock a unit", "ship", "restock a unit", "refund"],
    "refunded by unit": [
        "confirm", "pay", "refund and restock a unit", "ship", "refund and restock a unit", "refund the rest",
    ],
    "sent in part and refunded": ["confirm", "pay", "ship one", "refund a unit", "refund the rest"],
    "cancelled by unit": ["confirm", "pay", "cancel a unit", "ship", "deliver", "return", "close"],
    "part paid, and cancelled by unit": ["confirm", "pay part", "cancel a unit", "pay", "cancel a unit"],
    "held, and cancelled by unit": ["confirm", "authorize", "cancel a unit", "cancel a unit"],
    "all returned": ["confirm", "pay", "ship", "deliver", "return", "return", "refund the rest"],
}  # fmt: skip
WAYS = max(len(faces) for faces in VERBS.values())
"""A life is led so many times: each verb through the next of the faces that offer it."""


def plan(life: str, way: int) -> tuple[str, list[tuple[str, str]]]:
    """(who places, (verb, face)…). What storefront places is confirmed."""
    placer = sorted(PLACING)[way % len(PLACING)]
    steps = [(verb, list(VERBS[verb])[(way + at) % len(VERBS[verb])]) for at, verb in enumerate(LIVES[life])]
    return placer, [step for step in steps if not (step[0] == "confirm" and placer == "storefront")]


def sender(api: Api) -> Send:
    async def send(method: str, path: str, body: Any) -> Any:
        return await api.ok(method, path, body)

    return send


@pytest.mark.parametrize("way", range(WAYS))
@pytest.mark.parametrize("life", LIVES)
async def test_after_every_step_four_views_and_the_events_agree_with_the_book(api: Api, life: str, way: int) -> None:
    placer, steps = plan(life, way)
    story = Story(sender(api))
    await place(story, placer)
    for verb, face in steps:
        await perform(story, verb, face)


def test_the_lives_take_every_verb_through_every_face_that_offers_it() -> None:
    led = {step for life in LIVES for way in range(WAYS) for step in plan(life, way)[1]}
    assert led == {(verb, face) for verb, faces in VERBS.items() for face in faces}
    assert set(EFFECTS) == set(VERBS)
    assert {plan(life, way)[0] for life in LIVES for way in range(WAYS)} == set(PLACING)

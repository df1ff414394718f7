"""The timeline's sentences: one for every event, from its data, and never an error for what is missing."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from console import telling
from domain.events import EVENTS, Event
from domain.order import Actor
from tests.domain.orders import placed


@pytest.mark.parametrize("name", EVENTS)
def test_every_event_has_a_sentence_also_without_its_data(name: str) -> None:
    order = placed().order
    actor = Actor(kind="person", id="jo@example.com")
    bare = Event(id="x", sequence=1, type=name, at=datetime(2026, 1, 1, tzinfo=UTC), actor=actor, version=1)
    told = telling.told(bare, order)
    assert told.text
    assert "None" not in told.text
    assert told.who == "jo@example.com"


def test_there_is_a_sentence_for_nothing_else() -> None:
    assert set(telling.SENTENCES) == set(EVENTS)


def test_an_event_of_a_newer_release_is_told_by_its_name() -> None:
    actor = Actor(kind="key", id="k")
    new = Event(
        id="x", sequence=1, type="order.gift_wrapped", at=datetime(2026, 1, 1, tzinfo=UTC), actor=actor, version=1
    )
    assert telling.told(new, placed().order).text == "order gift wrapped"


def test_a_moved_window_is_told_by_the_shops_clock() -> None:
    actor = Actor(kind="key", id="k")
    at = datetime(2026, 1, 1, tzinfo=UTC)
    moved = {"name": "return_window", "from": "2026-01-08T23:30:00Z", "to": "2026-07-01T10:00:00Z", "fired": False}
    event = Event(id="x", sequence=1, type="timer.moved", at=at, actor=actor, version=1, data=moved)
    told = telling.told(event, placed().order, ZoneInfo("Europe/Berlin"))
    assert told.text.endswith("from 9 Jan 2026, 00:30 to 1 Jul 2026, 12:00")

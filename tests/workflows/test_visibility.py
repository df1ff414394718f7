"""What an operator sees: queries, search attributes, summaries, the status card."""

import asyncio
import inspect
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.sdk.v1 import WorkflowMetadata

from activities.orders.standing import standing
from domain import commands as c
from domain import windows
from domain.former import FORMER
from domain.lifecycle import RULES
from tests.domain.orders import confirmed
from tests.workflows.shop import PRICE, Shop
from workflows import card


def summaries(events: list[HistoryEvent], kind: EventType.ValueType) -> list[str]:
    """The summaries of the events of a kind, unquoted."""
    return [e.user_metadata.summary.data.decode().strip('"') for e in events if e.event_type == kind]


async def test_the_state_query_tells_where_the_run_believes_the_order_stands(shop: Shop) -> None:
    order = await shop.confirmed()
    state = await shop.handle(order).query("state", result_type=dict)
    assert order.payment_window_ends_at is not None
    window = order.payment_window_ends_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert state["standing"]["deadline"] == {"name": "payment window", "at": window}
    assert (state["standing"]["status"], state["busy_with"]) == ("confirmed", None)


async def test_the_waits_query_says_it_in_words(shop: Shop) -> None:
    waits = await shop.handle(await shop.confirmed()).query("waits", result_type=list)
    assert waits[0].startswith("payment until 20")
    assert "fulfilment of 2 units" in waits


def test_an_order_s_standing_is_small_for_it_is_in_every_marker() -> None:
    order = confirmed(customer_id="c" * 64, currency="KWD").order
    assert len(standing(order, {"verb": "pay"}).model_dump_json(exclude_unset=True)) <= 500


async def test_timers_say_what_closes_when(shop: Shop) -> None:
    order = await shop.delivered()
    await shop.skip(order, timedelta(seconds=1))
    said = summaries(list((await shop.history(order)).events), EventType.EVENT_TYPE_TIMER_STARTED)
    assert order.return_window_ends_at is not None
    assert said[0].startswith("payment window closes 20")
    assert said[1] == f"return window closes {order.return_window_ends_at:%Y-%m-%d %H:%M} UTC"


async def test_activities_say_what_they_do_with_how_much(shop: Shop) -> None:
    order = await shop.do(await shop.paid(), c.Refund(amount=1000))
    said = summaries(list((await shop.history(order)).events), EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED)
    assert said == ["pay: authorize 59.98 USD", "refund: refund 10.00 USD"]


async def test_saves_say_which_verb_they_save(shop: Shop) -> None:
    order = await shop.shipped()
    said = summaries(list((await shop.history(order)).events), EventType.EVENT_TYPE_MARKER_RECORDED)
    assert said == ["place", "confirm", "fulfill"]


async def test_search_attributes_follow_every_command(shop: Shop) -> None:
    order = await shop.shipped()
    known = (await shop.handle(order).describe()).typed_search_attributes
    shown = {key.name: known.get(key) for key in card.attributes(standing(order))}
    assert shown == {key.name: value for key, value in card.attributes(standing(order)).items()}
    assert (shown["OrderStatus"], shown["WaitsFor"], shown["OrderTotal"]) == ("shipped", "delivery", 2 * PRICE)


async def test_only_attributes_that_differ_are_written(shop: Shop) -> None:
    order = await shop.confirmed()
    upserts = [
        set(e.upsert_workflow_search_attributes_event_attributes.search_attributes.indexed_fields)
        for e in (await shop.history(order)).events
        if e.event_type == EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES
    ]
    assert all("OrderTotal" not in names and "OrderNumber" not in names for names in upserts)


def test_moments_that_moved_by_seconds_are_not_worth_an_event_and_by_minutes_are() -> None:
    before: dict[Any, Any] = {card.UPDATED_AT: datetime(2026, 1, 1, tzinfo=UTC), card.ORDER_VERSION: 1}
    for seconds, written in ((1, 0), (59, 0), (60, 1)):
        after = before | {card.UPDATED_AT: before[card.UPDATED_AT] + timedelta(seconds=seconds)}
        assert len(card.changes(before, after)) == written
    after = before | {card.UPDATED_AT: before[card.UPDATED_AT] + timedelta(seconds=1), card.ORDER_VERSION: 2}
    assert len(card.changes(before, after)) == 2


async def test_an_operator_finds_an_order_by_what_it_waits_for(shop: Shop) -> None:
    order = await shop.confirmed()
    query = f"WaitsFor = 'payment' AND OrderNumber = {order.number} AND WorkflowId = '{shop.handle(order).id}'"
    found: list[str] = []
    for _ in range(100):  # visibility is written a moment after the history
        found = [w.id async for w in shop.client.list_workflows(query)]
        if found:
            break
        await asyncio.sleep(0.1)
    assert found == [shop.handle(order).id]


async def test_the_list_shows_number_units_and_total_and_the_card_what_it_waits_for(shop: Shop) -> None:
    order = await shop.confirmed()
    described = await shop.handle(order).describe()
    assert await described.static_summary() == f"#{order.number} · 2 units · 59.98 USD"
    assert "2 × Premium T-Shirt" in (await described.static_details() or "")
    metadata = await shop.handle(order).query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    assert f"### #{order.number}: confirmed" in metadata.current_details
    assert "fulfilment of 2 units" in metadata.current_details


async def test_a_woken_order_shows_its_card_before_anything_is_saved(shop: Shop) -> None:
    order = await shop.closed()
    await shop.signal(order, c.Deliver())
    await shop.result(order)
    metadata = await shop.handle(order).query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    assert f"### #{order.number}: closed" in metadata.current_details


async def test_the_web_ui_lists_every_verb_a_caller_may_use_with_its_description(shop: Shop) -> None:
    order = await shop.placed()
    metadata = await shop.handle(order).query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    verbs = {update.name for update in metadata.definition.update_definitions}
    assert verbs - set(FORMER) == {verb for verb, rule in RULES.items() if not rule.by_itself}


def test_a_window_named_by_an_id_is_called_by_words() -> None:
    at = datetime(2026, 12, 22, 10, tzinfo=UTC)
    named = re.findall(r'f"(\w+):\{', Path(inspect.getfile(windows)).read_text())
    assert sorted(named) == ["hold", "ship_by"], "a window of another kind needs a word in workflows/card.py"
    for name in named:
        assert (
            card.timer_summary(f"{name}:01M87T411T76K4XGS3D0B5APJC", at)
            == f"{card.WINDOWS_OF_ONE[name]} closes 2026-12-22 10:00 UTC"
        )

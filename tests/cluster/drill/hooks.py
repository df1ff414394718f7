"""Webhooks of three faces to one receiver that refuses some once: none may be lost, and one order's come in order.

A repeat is allowed (delivery is at least once); what counts is when a webhook-id was accepted first.
"""

import random
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final

import orjson

from api.faces.hanzo.events import NAMES
from tests.api.faces import as_uuid
from tests.cluster.drill.asking import Client
from tests.cluster.topology import Cluster
from tests.webhooks.receiver import Answer, Got, Receiver

REGISTER: Final = {"hanzo": "/webhook", "zephyr": "/v1/webhook_endpoints", "storefront": "/api/v1/webhooks"}
REFUSED_SHARE: Final = 0.03
"""Of webhooks, refused the first time they come: a second refusal would be minutes of waiting."""


class Hooks:
    def __init__(self, receiver: Receiver, dice: random.Random) -> None:
        self.receiver, self.dice = receiver, dice
        self.refused: set[tuple[str, str]] = set()
        self.accepted: dict[str, dict[str, dict[str, Any]]] = {face: {} for face in REGISTER}
        """Face -> webhook-id -> body, in the order in which they were accepted first."""
        self.repeats = 0
        receiver.answer = self._answer

    async def register(self, client: Client) -> None:
        base = self.receiver.url.removesuffix("/hook")
        for face, path in REGISTER.items():
            status, answer = await client.ask("POST", path, {"url": f"{base}/{face}", "events": ["*"]})
            assert status == 201, (path, status, answer)

    def _answer(self, got: Got) -> Answer:
        face = got.path.strip("/")
        if (face, got.id) not in self.refused and self.dice.random() < REFUSED_SHARE:
            self.refused.add((face, got.id))
            return 503, {}, b"not now"
        self.repeats += got.id in self.accepted[face]
        self.accepted[face].setdefault(got.id, orjson.loads(got.body))
        return 200, {}, b""

    def differences(self, cluster: Cluster) -> Iterator[str]:
        """Against the events and deliveries as they are written."""
        yield from self._undelivered(cluster)
        timelines: dict[str, list[tuple[int, str]]] = defaultdict(list)
        for order, sequence, kind in cluster.rows(
            "select order_id, sequence, type from events order by order_id, sequence"
        ):
            timelines[order].append((sequence, kind))
        seen = {face: self._sequences(face) for face in REGISTER}
        for order, timeline in timelines.items():
            said = {"hanzo": f"order_{order}", "zephyr": f"order_{order}", "storefront": as_uuid(order)}
            for face, name in said.items():
                came = seen[face].get(name, [])
                if came != sorted(came):
                    yield f"{face}'s webhooks of order {order} came out of order: {came}"
            wanted = [sequence for sequence, kind in timeline if NAMES[kind] is not None]
            if seen["hanzo"].get(said["hanzo"], []) != wanted:
                yield f"hanzo's webhooks of order {order}: {seen['hanzo'].get(said['hanzo'])} came, {wanted} happened"

    def _undelivered(self, cluster: Cluster) -> Iterator[str]:
        rows = cluster.rows(
            "select e.face, d.event_id, d.status, d.attempts from webhook_deliveries d"
            " join webhook_endpoints e on e.id = d.endpoint_id"
        )
        for face, event_id, status, attempts in rows:
            if status != "delivered" or event_id not in self.accepted[face]:
                yield f"webhook {event_id} of {face} is {status} after {attempts} attempts, and was not accepted"

    def _sequences(self, face: str) -> dict[str, list[int]]:
        """The order as the face spells it -> the sequences that came of it."""
        found: dict[str, list[int]] = defaultdict(list)
        for body in self.accepted[face].values():
            found[_order_of(face, body)].append(body["sequence"])
        return found


def _order_of(face: str, body: dict[str, Any]) -> str:
    data = body["data"]
    if face == "storefront":
        return str(data.get("order_id", data["id"]))
    return str(data["order" if face == "hanzo" else "object"]["id"])

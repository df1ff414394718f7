"""Good clients: each asks one command, repeats it with its key until it is answered for good, and keeps the answer."""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

import httpx2

from tests.faults.drill.lives import VARIANT, Life, Step, draw, request_of
from tests.faults.engine import Engine
from tests.plain_http import NO_CERTIFICATES

PATIENCE_SECONDS: Final = 240.0
"""For one command to be answered for good; a kill costs some ten seconds, and several may come together."""
PAUSE_SECONDS: Final = 0.3
LATER: Final = (202, 502, 503, 504)
"""Answers that ask to come again with the same key."""


@dataclass(frozen=True)
class Said:
    """One command and its final answer."""

    step: Step
    group: int
    """Commands of one group were sent at the same time."""
    key: str
    path: str
    body: dict[str, Any]
    status: int
    version: int | None
    """Of the order, by the answer's ETag: the one it made, or a later one where another raced it. None when refused."""
    content: bytes

    @property
    def done(self) -> bool:
        return self.status < 300


@dataclass
class Told:
    """Everything one order's clients were told."""

    life: Life
    order: dict[str, Any] = field(default_factory=dict)
    """As it was placed."""
    said: list[Said] = field(default_factory=list)

    def done(self, *verbs: str) -> list[Said]:
        """The acknowledged commands of these verbs."""
        return [said for said in self.said if said.done and said.step.verb in verbs]


class Clients:
    """As many at once as `together`; each takes the next life until enough commands are answered."""

    def __init__(self, engine: Engine, seed: int, commands: int, together: int) -> None:
        self.told: list[Told] = []
        self.differences: list[str] = []
        self.answered = 0
        self.in_flight = 0
        self.again: Counter[str] = Counter()
        """How often a command had to be repeated, by what was answered."""
        self._seed, self._commands, self._together = seed, commands, together
        self._numbers = count(1)
        self._http = httpx2.AsyncClient(
            base_url=engine.url,
            headers={"Authorization": f"Bearer {engine.key}"},
            timeout=60,
            trust_env=False,
            verify=NO_CERTIFICATES,
        )

    async def run(self) -> None:
        await asyncio.gather(*(self._client() for _ in range(self._together)))

    async def close(self) -> None:
        await self._http.aclose()

    async def _client(self) -> None:
        while self.answered < self._commands:
            told = Told(draw(self._seed, next(self._numbers)))
            self.told.append(told)
            try:
                await self._live(told)
            except TimeoutError as error:
                self.differences.append(str(error))

    async def _live(self, told: Told) -> None:
        steps = list(enumerate(told.life.steps))
        group = 0
        while steps:
            together = [steps.pop(0)]
            while steps and steps[0][1].beside:
                together.append(steps.pop(0))
            await asyncio.gather(*(self._step(told, step, n, group) for n, step in together))
            if not told.order:
                return
            group += 1

    async def _step(self, told: Told, step: Step, n: int, group: int) -> None:
        token = f"drill-{self._seed}-{told.life.number}-{n}"
        path, body = request_of(step, told.order, token)
        if step.verb == "place":
            body |= {"items": [{"variantId": VARIANT, "quantity": told.life.quantity}]}
        answers = await asyncio.gather(*(self.insist("POST", path, body, token) for _ in range(1 + step.twice)))
        answer = answers[0]
        if any((a.status_code, a.content) != (answer.status_code, answer.content) for a in answers):
            self.differences.append(
                f"{path} with key {token}: two answers, {[(a.status_code, a.text) for a in answers]}"
            )
        etag = answer.headers.get("etag")
        version = int(etag.strip('"')) if etag and answer.status_code < 300 else None
        told.said.append(Said(step, group, token, path, body, answer.status_code, version, answer.content))
        if step.verb == "place" and answer.status_code == 201:
            told.order = answer.json()

    async def insist(self, method: str, path: str, body: Any, key: str | None) -> httpx2.Response:
        """TimeoutError when it is never answered for good."""
        until, last = time.monotonic() + PATIENCE_SECONDS, "nothing"
        self.in_flight += 1
        try:
            while time.monotonic() < until:
                answer = await self._once(method, path, body, key)
                if isinstance(answer, httpx2.Response):
                    self.answered += method != "GET"
                    return answer
                last = answer
                self.again[answer] += 1
                await asyncio.sleep(PAUSE_SECONDS)
        finally:
            self.in_flight -= 1
        raise TimeoutError(f"{path} with key {key} was not answered within {PATIENCE_SECONDS:g} s: {last}")

    async def _once(self, method: str, path: str, body: Any, key: str | None) -> httpx2.Response | str:
        """The final answer, or why there is none yet."""
        headers = {"Idempotency-Key": key} if key else {}
        try:
            answer = await self._http.request(method, path, json=body, headers=headers)
        except httpx2.HTTPError:
            return "no answer"
        if answer.status_code in LATER or "idempotency_key_in_use" in answer.text.lower():
            return str(answer.status_code)
        if answer.status_code >= 500:
            self.differences.append(f"{path} with key {key}: {answer.status_code} {answer.text[:200]}")
            return str(answer.status_code)
        return answer

"""The HTTP face: one pipeline for every request — key, faults, key memory, endpoint, answer.

Order matters and is Stripe's: 401 first, limits and outages before the key is looked at, a remembered answer before
anything runs, the effect and its memory in one transaction, and only then may the answer be lost.
"""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stripe_simulator import control, faults, form, lists, routes
from stripe_simulator.call import API_VERSION, Answer, Call, clock
from stripe_simulator.connection import reset_connection
from stripe_simulator.control import Controls
from stripe_simulator.faults import FaultBook, Rule
from stripe_simulator.idempotency import KeyMemory, Remembered, fingerprint
from stripe_simulator.refusal import Body, Refusal
from stripe_simulator.store import Store, new_id
from stripe_simulator.webhooks import Webhooks

_PREFIXES = {"sk_test_": False, "rk_test_": False, "sk_live_": True, "rk_live_": True}


def authenticate(authorization: str) -> bool:
    """The key's mode (True: live), or Stripe's 401. Keys come as Bearer or as the user of Basic."""
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "basic":
        value = base64.b64decode(value + "==").decode("utf-8", "replace").partition(":")[0]
    if not value:
        message = "You did not provide an API key. You need to provide your API key in the Authorization header."
        raise Refusal(message, status=401, stored=False)
    for prefix, live in _PREFIXES.items():
        if value.startswith(prefix) and len(value) > len(prefix):
            return live
    shown = value[:8] + "*" * (len(value) - 12) + value[-4:] if len(value) > 12 else "*" * len(value)
    raise Refusal(f"Invalid API Key provided: {shown}", status=401, stored=False)


class Simulator:
    """The parts, and the pipeline through them."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.faults = FaultBook()
        self.webhooks = Webhooks(store, self.faults)
        self.keys = KeyMemory(store)
        self.controls = Controls(store, self.faults, self.webhooks)

    async def stripe(self, request: Request) -> Response:
        """Every `/v1/…` request."""
        request_id = new_id("req_")[:18]
        headers = {"Request-Id": request_id, "Stripe-Version": request.headers.get("stripe-version", API_VERSION)}
        key = request.headers.get("idempotency-key")
        if key:
            headers["Idempotency-Key"] = key
        fault: Rule | None = None
        try:
            livemode = authenticate(request.headers.get("authorization", ""))
            params = form.parse(await _pairs(request))
            fault = self.faults.request(request.method, request.url.path, key or "")
            if fault and fault.fault == "reset":
                return await reset_connection(request)
            faults.refuse(fault.fault if fault else "")
            found = await self._remembered(request, params, livemode, request_id, fault)
        except Refusal as refusal:
            return JSONResponse(refusal.body, refusal.status, headers | refusal.headers)
        except ClientDisconnect:
            # It went away before its request was whole: nothing was done, and nobody is there to be answered.
            return Response(status_code=499)
        if found.request_id != request_id:
            headers |= {"Idempotent-Replayed": "true", "Original-Request": found.request_id}
        if fault and fault.fault == "slow_answer":
            await asyncio.sleep(fault.seconds)
        if fault and fault.fault == "lose_answer":
            return await reset_connection(request)
        return JSONResponse(found.body, found.status, headers)

    async def _remembered(
        self, request: Request, params: form.Params, livemode: bool, request_id: str, fault: Rule | None
    ) -> Remembered:
        """The answer under the request's key: replayed, or made now and remembered. GET has no memory."""
        key = request.headers.get("idempotency-key")
        call = Call(self.store, self.webhooks, clock(self.store), livemode, request_id, key)
        if request.method != "POST" or not key:
            return await self._run(request, params, call, fault, None)
        if len(key) > 255:
            raise Refusal("Idempotency keys can have up to 255 characters.", stored=False)
        scope, mark = f"{livemode}:{key}", fingerprint(request.method, request.url.path, params)
        known = self.keys.begin(scope, mark, call.now)
        if known is not None:
            return known
        try:
            return await self._run(request, params, call, fault, (scope, mark))
        finally:
            self.keys.end(scope)

    async def _run(
        self, request: Request, params: form.Params, call: Call, fault: Rule | None, key: tuple[str, str] | None
    ) -> Remembered:
        if fault and fault.fault == "latency":
            await asyncio.sleep(fault.seconds)
        kind = fault.fault if fault else ""
        with self.store.transaction():
            control.tick(self.controls)
        try:
            with self.store.transaction():
                status, body = (
                    (500, faults.server_error()) if kind == "server_error" else self._effect(request, params, call)
                )
                if kind == "server_error_after":
                    status, body = 500, faults.server_error()
                answer = Remembered(status, body, call.request_id or "")
                if key:
                    self.keys.store_answer(*key, answer, call.now)
        except Refusal as refusal:
            answer = Remembered(refusal.status, refusal.body, call.request_id or "")
            if key and refusal.stored:
                self.keys.store_answer(*key, answer, call.now)
        self.webhooks.wake.set()
        return answer

    def _effect(self, request: Request, params: form.Params, call: Call) -> tuple[int, Body]:
        route, ids = routes.find(request.method, request.url.path)
        form.known(params, route.accepts)
        found = route.handler(call, params, *ids)
        if isinstance(found, Answer):
            return found.status, found.body
        return 200, lists.expand(call, params, found)

    async def control(self, request: Request) -> Response:
        """Every `/_simulator/…` request."""
        try:
            body = json.loads(await request.body() or b"{}")
            with self.store.transaction():
                found = control.perform(self.controls, request.method, request.path_params["rest"], body)
        except Refusal as refusal:
            return JSONResponse(refusal.body, refusal.status)
        except ValueError:
            return JSONResponse({"error": {"message": "the body is no JSON"}}, 400)
        self.webhooks.wake.set()
        return JSONResponse(found)


async def _pairs(request: Request) -> list[tuple[str, str]]:
    text = request.url.query if request.method == "GET" else (await request.body()).decode()
    return parse_qsl(text, keep_blank_values=True)


def build(database: Path | None = None, targets: list[dict[str, str]] | None = None) -> Starlette:
    """The application. `targets` (`[{"url", "secret"}]`) replace the stored webhook targets when given."""
    simulator = Simulator(Store(database))
    if targets is not None:
        simulator.store.set("targets", targets)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        sender = asyncio.create_task(simulator.webhooks.run())
        try:
            yield
        finally:
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)
            simulator.store.close()

    verbs = ["GET", "POST", "PUT", "DELETE"]
    paths = [
        Route("/_simulator/{rest:path}", simulator.control, methods=verbs),
        Route("/v1/{rest:path}", simulator.stripe, methods=verbs),
    ]
    return Starlette(routes=paths, lifespan=lifespan)

"""API keys of the mode on the screen: listed, made (and shown once), revoked. For owners."""

from typing import Any, Final

from starlette.responses import Response

from console.once import once
from console.roles import OWNERS
from console.routing import PREFIX, Screens
from console.visit import Refused, Visit, not_there
from domain.errors import NotFound
from store.access import audit, keys

screens = Screens()
LONGEST_NAME: Final = 255
LONGEST_CUSTOMER: Final = 64
SCOPES: Final[tuple[tuple[keys.Scope, str], ...]] = (
    ("secret", "Secret: everything"),
    ("restricted", "Restricted: reads"),
    ("customer", "Customer: one customer's own orders"),
)


@screens.page("/keys", roles=OWNERS)
async def list_keys(visit: Visit) -> Response:
    return await _shown(visit)


async def _shown(visit: Visit, *, status: int = 200, **more: Any) -> Response:
    found = await keys.list_keys(visit.db, visit.livemode)
    context: dict[str, Any] = {"made": None, "wrong": {}} | more
    return visit.show(
        "keys.html", status=status, rows=sorted(found, key=lambda key: (key.revoked_at is not None, -key.created_at)),
        scopes=SCOPES, key=visit.new_key(), done=visit.asked("done") == "1", **context,
    )  # fmt: skip


@screens.form("/keys", roles=OWNERS)
async def make_key(visit: Visit) -> Response:
    """The answer shows the key, this once; the same form sent again shows it again, and makes no second one."""
    scope = next((scope for scope, _ in SCOPES if scope == visit.said("scope")), None)
    name, customer = visit.said("name"), visit.said("customer") or None
    wrong = _wrong(scope, name, customer)
    if wrong or scope is None:
        return await _shown(visit, status=422, wrong=wrong)
    kind = scope

    async def do(request_id: str) -> dict[str, Any]:
        now = int(visit.now.timestamp())
        minted = await keys.mint(
            visit.db, scope=kind, livemode=visit.livemode, now=now, customer_id=customer, name=name
        )  # fmt: skip
        await _note(visit, "key_made", f"{minted.key.hint} {kind} {name}")
        return {"text": minted.text}

    told = await once(visit, do, secret=True)
    visit.form = {}
    return await _shown(visit, status=201, made=told["text"])


def _wrong(scope: str | None, name: str, customer: str | None) -> dict[str, str]:
    wrong: dict[str, str] = {}
    if scope is None:
        wrong["scope"] = "One of these."
    if not name:
        wrong["name"] = "What it is for: events show it beside what the key did."
    elif len(name) > LONGEST_NAME or not name.isprintable():
        wrong["name"] = f"1 to {LONGEST_NAME} printable characters."
    if scope == "customer" and customer is None:
        wrong["customer"] = "Whose orders it reaches."
    elif scope is not None and scope != "customer" and customer is not None:
        wrong["customer"] = "Only a customer's key has one."
    elif customer is not None and (len(customer) > LONGEST_CUSTOMER or not customer.isprintable()):
        wrong["customer"] = f"At most {LONGEST_CUSTOMER} printable characters."
    return wrong


@screens.form("/keys/{id}", roles=OWNERS)
async def revoke_key(visit: Visit) -> Response:
    """First asked back, then done: what uses the key stops at once."""
    ident = visit.path("id")
    found = next((key for key in await keys.list_keys(visit.db, visit.livemode) if key.id == ident), None)
    if found is None:
        raise not_there("There is no such key")
    if found.revoked_at is not None:
        raise Refused(409, "That cannot be done", "This key was revoked already.")
    if visit.said("step") != "do":
        return visit.show("key_revoke.html", one=found, key=visit.new_key())

    async def do(request_id: str) -> dict[str, Any]:
        if await keys.revoke(visit.db, ident, int(visit.now.timestamp()), visit.livemode) is None:
            raise NotFound("no such key")
        visit.shop.keys.forget()
        await _note(visit, "key_revoked", f"{found.hint} {found.scope} {found.name or ''}")
        return {}

    await once(visit, do)
    return visit.go(f"{PREFIX}/keys", done=1)


async def _note(visit: Visit, action: str, about: str) -> None:
    now = int(visit.now.timestamp())
    await audit.note(visit.db, visit.person, action, about.strip()[:500], livemode=visit.livemode, now=now)

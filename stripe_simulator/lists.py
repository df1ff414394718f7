"""Lists, searches, events and `expand`: newest first, at most 100 a page, cursors by id, as Stripe does."""

import re
from typing import Any

from stripe_simulator import form
from stripe_simulator.call import Call
from stripe_simulator.form import Params
from stripe_simulator.refusal import Body, Refusal, missing
from stripe_simulator.store import public

_COMPARE = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
_CLAUSE = re.compile(r"""^\s*(?:metadata\[['"]([^'"]+)['"]\]|(\w+))\s*:\s*['"]([^'"]*)['"]\s*$""")
_SEARCHABLE = ("amount", "currency", "customer", "status", "payment_intent")
MOST = 100


def page(call: Call, params: Params, kind: str, url: str, filters: dict[str, str]) -> Body:
    """One page of a kind; `filters` are equalities on the object's own fields."""
    limit = _limit(params)
    where, args = _created(params)
    order = "DESC"
    for name, sign, direction in (("starting_after", "<", "DESC"), ("ending_before", ">", "ASC")):
        cursor = form.text(params, name)
        if cursor:
            seq = call.store.seq(cursor)
            if seq is None:
                raise missing(kind, cursor, name)
            where, order = f"{where} AND seq {sign} ?", direction
            args = (*args, seq)
    for name, value in filters.items():
        where, args = f"{where} AND {_column(name)} = ?", (*args, value)
    found = call.store.select(kind, call.livemode, where, args, order, limit + 1)
    more, found = len(found) > limit, found[:limit]
    if order == "ASC":
        found.reverse()
    return {"object": "list", "data": found, "has_more": more, "url": url}


def _column(name: str) -> str:
    if name == "payment_intent":
        return "parent"
    if name not in ("customer", "charge", "type", "email"):
        raise ValueError(name)
    return f"json_extract(body, '$.{name}')"


def _limit(params: Params) -> int:
    limit = form.integer(params, "limit")
    limit = 10 if limit is None else limit
    if not 1 <= limit <= MOST:
        raise Refusal(f"Invalid limit: must be 1 to {MOST}", param="limit", stored=False)
    return limit


def _created(params: Params) -> tuple[str, tuple[Any, ...]]:
    value = params.get("created")
    if value is None:
        return "", ()
    if isinstance(value, str):
        return " AND created = ?", (form.integer(params, "created"),)
    where, args = "", ()
    for name in form.mapping(params, "created"):
        if name not in _COMPARE:
            raise Refusal(f"Received unknown parameter: created[{name}]", code="parameter_unknown", stored=False)
        where += f" AND created {_COMPARE[name]} ?"
        args = (*args, form.integer(value, name))  # type: ignore[assignment]
    return where, args


def _lister(kind: str, url: str, *names: str) -> Any:
    def listed(call: Call, params: Params) -> Body:
        filters = {name: value for name in names if (value := form.text(params, name))}
        return page(call, params, kind, url, filters)

    return listed


payment_intents = _lister("payment_intent", "/v1/payment_intents", "customer")
charges = _lister("charge", "/v1/charges", "payment_intent", "customer")
refunds = _lister("refund", "/v1/refunds", "payment_intent", "charge")
disputes = _lister("dispute", "/v1/disputes", "payment_intent", "charge")
customers = _lister("customer", "/v1/customers", "email")
events = _lister("event", "/v1/events", "type")


def event(call: Call, params: Params, ident: str) -> Body:
    """GET /v1/events/{id}."""
    return call.store.get("event", ident, call.livemode, "id")


def search(call: Call, params: Params) -> Body:
    """GET /v1/payment_intents/search: `metadata['k']:'v'` and plain fields, joined by AND."""
    wanted = [_clause(part) for part in re.split(r"\s+AND\s+", form.required(params, "query"))]
    limit = _limit(params)
    everything = call.store.select("payment_intent", call.livemode, "", (), "DESC", -1)
    found = [intent for intent in everything if _fits(intent, wanted)]
    url = "/v1/payment_intents/search"
    more = len(found) > limit
    return {"object": "search_result", "data": found[:limit], "has_more": more, "next_page": None, "url": url}


def _fits(intent: Body, wanted: list[tuple[bool, str, str]]) -> bool:
    return all(str((intent["metadata"] if meta else intent).get(name)) == value for meta, name, value in wanted)


def _clause(part: str) -> tuple[bool, str, str]:
    match = _CLAUSE.match(part)
    if match is None or (match.group(2) and match.group(2) not in _SEARCHABLE):
        raise Refusal(f"We were unable to parse your search query: {part}", param="query", stored=False)
    return bool(match.group(1)), match.group(1) or match.group(2), match.group(3)


def expand(call: Call, params: Params, body: Body) -> Body:
    """The answer with the fields named by `expand[]` replaced by their objects."""
    for path in form.listing(params, "expand"):
        _expand(call, body, str(path).split("."))
    return public(body)  # type: ignore[no-any-return]


def _expand(call: Call, node: Any, path: list[str]) -> None:
    if isinstance(node, list):
        for item in node:
            _expand(call, item, path)
        return
    if not isinstance(node, dict) or path[0] not in node:
        raise Refusal(f"This property cannot be expanded ({path[0]}).", param="expand", stored=False)
    value = node[path[0]]
    if isinstance(value, str):
        value = node[path[0]] = call.store.any(value)
    if len(path) > 1 and value is not None:
        _expand(call, value, path[1:])

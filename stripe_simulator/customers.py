"""Customers: create, retrieve, update, list. Only what a payment refers to."""

from stripe_simulator import form
from stripe_simulator.call import Call
from stripe_simulator.form import Params
from stripe_simulator.refusal import Body
from stripe_simulator.store import new_id


def create(call: Call, params: Params) -> Body:
    """POST /v1/customers."""
    body: Body = {
        "id": new_id("cus_"),
        "object": "customer",
        "created": call.now,
        "livemode": call.livemode,
        "email": form.text(params, "email"),
        "name": form.text(params, "name"),
        "phone": form.text(params, "phone"),
        "description": form.text(params, "description"),
        "address": form.mapping(params, "address") or None,
        "metadata": form.metadata(params),
        "balance": 0,
        "currency": None,
        "default_source": None,
        "delinquent": False,
        "shipping": None,
    }
    call.store.put(body)
    call.emit("customer.created", body)
    return body


def retrieve(call: Call, params: Params, ident: str) -> Body:
    """GET /v1/customers/{id}."""
    return call.store.get("customer", ident, call.livemode, "customer")


def update(call: Call, params: Params, ident: str) -> Body:
    """POST /v1/customers/{id}."""
    body = retrieve(call, params, ident)
    for name in ("email", "name", "phone", "description"):
        if name in params:
            body[name] = form.text(params, name)
    body["metadata"] = form.metadata(params, body["metadata"])
    call.store.put(body)
    call.emit("customer.updated", body)
    return body

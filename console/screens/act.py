"""The page of one act on one order: its form, exactly what it will do, and the button that does that.

GET   /console/orders/{id}/{act}?ref=     the form with its first values, and their preview
POST  …, step=preview                     the same with what was filled in
POST  …, step=do                          done, once; or the page again, with what is wrong or has changed
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from starlette.responses import Response

from api.http.problems import Problem
from console import acting
from console.act import Act
from console.acting import Acting, Changed, OverLimit
from console.acts import ACTS
from console.crossing import own_path
from console.finding import meanwhile, the_order
from console.preview import Preview
from console.roles import EVERYBODY
from console.routing import PREFIX, Screens
from console.said import UNITS, Unreadable
from console.visit import Refused, Visit, not_there
from domain.errors import OrderError
from domain.order import Order

screens = Screens()
KEPT: Final = "private, max-age=0"
"""The back button shows the form as it was sent, with its key: sent again, it is answered and not done again. A page that is
fetched anew would be another form. Signing out clears what is kept."""


def _act(visit: Visit) -> Act:
    act = ACTS.get(visit.path("act"))
    if act is None:
        raise not_there("There is no such action")
    if not visit.may(act.roles):
        raise Refused(403, "Not for your role", f"As {visit.person.role} you may not do that; an owner may change it.")
    return act


@screens.page("/orders/{id}/{act}")
async def act_page(visit: Visit) -> Response:
    act, order = _act(visit), await the_order(visit)
    inputs = act.inputs(visit.shop, order, visit.asked("ref"))
    visit.form = _first_values(visit, inputs)
    work = Acting(visit, order, act, visit.asked("ref"), order.version)
    response = await _shown(work, next_path=visit.asked("next"), first=True)
    response.headers["Cache-Control"] = KEPT
    return response


def _first_values(visit: Visit, inputs: Any) -> Mapping[str, list[str]]:
    values: dict[str, list[str]] = {}
    for field in inputs:
        value = visit.asked(field.name) or field.value
        if field.kind == "moment" and field.value == value != "":
            value = visit.pages.local(datetime.fromisoformat(value))
        values[field.name] = [value]
        for of in field.units:
            values[f"{UNITS}{of.line.id}"] = [str(of.begin)]
    return values


@screens.form("/orders/{id}/{act}", roles=EVERYBODY)
async def do_act(visit: Visit) -> Response:
    """Who may is the act's own to say."""
    act, order = _act(visit), await the_order(visit)
    version, next_path = visit.said("version"), visit.said("next")
    if not version.isdigit():
        raise Refused(400, "This form is not complete", "Open the page again and send its form.")
    work = Acting(visit, order, act, visit.said("ref"), int(version), visit.said("seen"))
    if visit.said("step") != "do":
        return await _shown(work, next_path=next_path)
    try:
        done = await acting.do(work)
    except Unreadable as error:
        return await _shown(work, next_path=next_path, wrong=error, status=422)
    except Changed as error:
        said = None if not work.seen else "It would now do something else than what you saw. This is what it does now."
        return await _shown(work, next_path=next_path, told=error.now, warning=said, status=409 if said else 200)
    except OverLimit as error:
        return await _shown(work, next_path=next_path, warning=error.message, status=403)
    except Problem as error:
        if error.code not in ("idempotency_key_reused", "idempotency_key_in_use"):
            raise
        return await _used(work, next_path)
    if done.refusal is not None:
        return await _refused(work, next_path, done.refusal)
    pending = "1" if done.pending else None
    if own_path(next_path, PREFIX):
        return visit.go(next_path, did=order.number, version=done.version, pending=pending)
    return visit.go(f"{PREFIX}/orders/{order.number}", version=done.version, pending=pending)


async def _used(work: Acting, next_path: str) -> Response:
    """A form is sent once; its page in the browser's history, filled in anew, is another."""
    order = await the_order(work.visit)
    fresh = Acting(work.visit, order, work.act, work.ref, order.version)
    warning = "This form was sent before, and what it did then stands. If you want to do more, look at it again."
    return await _shown(fresh, next_path=next_path, warning=warning, status=409, sent=True)


async def _refused(work: Acting, next_path: str, refusal: OrderError) -> Response:
    """The order as it is now, with what others did since it was shown."""
    order = await the_order(work.visit)
    fresh = Acting(work.visit, order, work.act, work.ref, order.version)
    if refusal.code == "precondition_failed" or order.version != work.version:
        warning = "The order has changed since you opened this page, so nothing was done."
    else:
        warning = f"Nothing was done: {refusal.message}."
    return await _shown(fresh, next_path=next_path, warning=warning, since=work.version, status=409, sent=True)


async def _shown(
    work: Acting,
    *,
    next_path: str,
    first: bool = False,
    wrong: Unreadable | None = None,
    told: Preview | None = None,
    warning: str | None = None,
    since: int | None = None,
    status: int = 200,
    sent: bool = False,
) -> Response:
    """`sent`: the form's key is used up, and the page is a new form."""
    refusal: str | None = None
    if told is None and wrong is None:
        told, wrong, refusal = await _rehearsed(work)
        if first and wrong is not None:
            wrong = None  # nothing was filled in yet
    visit, order = work.visit, work.order
    return visit.show(
        "act.html",
        status=status if wrong is None else max(status, 422),
        order=order,
        act=work.act,
        ref=work.ref,
        inputs=work.act.inputs(visit.shop, order, work.ref),
        about=_about(work.act, order, work.ref),
        value=lambda name: _value(visit, name),
        wrong={wrong.field: wrong.message} if wrong else {},
        told=told,
        refusal=refusal,
        warning=warning,
        meanwhile=await meanwhile(visit, order, since) if since is not None else [],
        next=own_path(next_path, PREFIX) or "",
        key=visit.new_key() if sent or not visit.said("key") else visit.key,
    )


def _value(visit: Visit, name: str) -> str:
    values = visit.form.get(name)
    return values[0] if values else ""


def _about(act: Act, order: Order, ref: str) -> str | None:
    return dict(act.about(order)).get(ref) if act.about else None


async def _rehearsed(work: Acting) -> tuple[Preview | None, Unreadable | None, str | None]:
    """(what it would do, or the field that is wrong, or the order's own refusal)."""
    try:
        return await work.rehearse(await work.command()), None, None
    except Unreadable as error:
        return None, error, None
    except OrderError as error:
        return None, None, error.message

"""Acts on the order itself: confirm, cancel, close, reopen it, change what was sold, hold it, note something, move windows."""

from collections.abc import Sequence
from typing import Any, Final, get_args

from api.shop import Shop
from console.act import Act, Input, lines_with, nothing_asked
from console.roles import AGENTS
from console.said import Said, Unreadable
from console.words import word
from domain import commands as c
from domain import edits as e
from domain.commands import Command
from domain.edits import EditOperation
from domain.order import Address, CancelReason, Order, PlacedHoldKind
from domain.windows import timers
from door import selling
from door.placing import DraftLine

REASONS: Final = (("", "no reason"), *((r, r.replace("_", " ")) for r in get_args(CancelReason)))
HOLD_KINDS: Final = get_args(PlacedHoldKind)


async def _confirm(shop: Shop, order: Order, said: Said, ref: str) -> Command:
    return c.Confirm()


def _cancel_inputs(shop: Shop, order: Order, ref: str) -> Sequence[Input]:
    return (
        Input("reason", "Reason", "choice", choices=REASONS),
        Input("note", "Note", "area", "For the shop; customers do not read it."),
        Input("restock", "Put the units back on sale", "tick", "Otherwise they are written off.", value="yes"),
        Input("notify", "Mail the customer", "tick", value="yes" if order.email else ""),
    )


async def _cancel(shop: Shop, order: Order, said: Said, ref: str) -> Command:
    reason: Any = said.choice("reason", [value for value, _ in REASONS], default="") or None
    note = said.text("note", needed="The reason other needs a note." if reason == "other" else None)
    return c.Cancel(reason=reason, note=note, restock=said.ticked("restock"), notify=said.ticked("notify"))


async def _close(shop: Shop, order: Order, said: Said, ref: str) -> Command:
    return c.Close()


async def _reopen(shop: Shop, order: Order, said: Said, ref: str) -> Command:
    return c.Reopen()


# What was sold


def _quantity_inputs(shop: Shop, order: Order, ref: str) -> Sequence[Input]:
    units = lines_with(order, lambda line: 0 if line.sent or line.cancelled else line.quantity, all_of_it=True)
    return (
        Input(
            "units", "Units sold", "units", "Of lines with nothing sent; units taken away go back on sale.", units=units
        ),
        Input("note", "Note", "area"),
    )


async def _quantity(shop: Shop, order: Order, said: Said, ref: str) -> Command:
    known = {line.id: line.quantity for line in order.lines}
    operations: list[EditOperation] = [
        e.SetQuantity(op="set_quantity", line_id=u.line_id, quantity=u.quantity)
        for u in said.units()
        if u.quantity != known[u.line_id]
    ]
    if not operations:
        raise Unreadable("units.", "No quantity is another than before.")
    return c.Edit(operations=tuple(operations), note=said.text("note"))


def _add_inputs(shop: Shop, order: Order, ref: str) -> Sequence[Input]:
    return (
        Input("variant", "Variant", hint="Its id in the catalogue.", needed=True),
        Input("quantity", "Units", "number", value="1", needed=True),
        Input("price", f"Price in {order.currency}", "money", "Empty: the catalogue's."),
        Input("note", "Note", "area"),
    )


async def _add(shop: Shop, order: Order, said: Said, ref: str) -> Command:
    draft = DraftLine(
        at="",
        variant_id=said.short("variant", needed="Which variant?"),
        quantity=said.count("quantity", least=1) or 1,
        unit_price=said.money("price"),
    )
    return c.Edit(operations=(await selling.add_item(shop.db, order, draft),), note=said.text("note"))


def _discount_inputs(shop: Shop, order: Order, ref: str) -> Sequence[Input]:
    return (
        Input("code", "Code", suggest=tuple(shop.config.discount_codes), hint="Of the policy file; or"),
        Input("amount", f"Amount off in {order.currency}", "money"),
        Input("description", "What the amount is called"),
        Input("note", "Note", "area"),
    )


async def _discount(shop: Shop, order: Order, said: Said, ref: str) -> Command:
    code, amount = said.short("code"), said.money("amount", least=1)
    if (code is None) == (amount is None):
        raise Unreadable("code" if code else "amount", "Give a code or an amount, and one of them alone.")
    operation = selling.add_discount(shop.config, order, code, amount, said.short("description"), "")
    return c.Edit(operations=(operation,), note=said.text("note"))


def _address_inputs(shop: Shop, order: Order, ref: str) -> Sequence[Input]:
    now = order.shipping_address
    known = now.model_dump() if now else {}
    return tuple(
        Input(name, label, value=known.get(name) or "", needed=name in ("line1", "city", "country"))
        for name, label in (
            ("first_name", "First name"), ("last_name", "Last name"), ("company", "Company"), ("line1", "Street"),
            ("line2", "Second line"), ("postal_code", "Postcode"), ("city", "City"), ("state", "State"),
            ("country", "Country (two letters)"), ("phone", "Phone"),
        )
    )  # fmt: skip


async def _address(shop: Shop, order: Order, said: Said, ref: str) -> Command:
    rest = {
        name: said.short(name)
        for name in ("first_name", "last_name", "company", "line2", "postal_code", "state", "phone")
    }
    address = Address(
        line1=said.short("line1", needed="A street is needed.") or "",
        city=said.short("city", needed="A city is needed.") or "",
        country=said.country("country"),
        **rest,
    )
    command = c.Edit(operations=(selling.set_address(shop.config, address),))
    return await selling.taxed(order, command, shop.taxes.get(order.livemode))


# What stands beside it


def _contact_inputs(shop: Shop, order: Order, ref: str) -> Sequence[Input]:
    return (
        Input("email", "E-mail", "email", value=order.email or ""),
        Input("phone", "Phone", value=order.phone or ""),
        Input("note", "The order's note", "area", value=order.note or ""),
        Input("tags", "Tags", hint="Separated by commas.", value=", ".join(order.tags)),
    )


async def _contact(shop: Shop, order: Order, said: Said, ref: str) -> Command:
    tags = tuple(tag.strip() for tag in (said.text("tags") or "").split(",") if tag.strip())
    given = {"email": said.email("email"), "phone": said.short("phone"), "note": said.text("note"), "tags": tags}
    fields: dict[str, Any] = {name: value for name, value in given.items() if getattr(order, name) != value}
    return c.Update(**fields)


def _hold_inputs(shop: Shop, order: Order, ref: str) -> Sequence[Input]:
    return (
        Input("kind", "Kind", "choice", choices=tuple((kind, kind) for kind in HOLD_KINDS), value="manual"),
        Input("reason", "Reason", "area", needed=True),
        Input("until", "It ends by itself", "moment", "Empty: when somebody ends it."),
    )


async def _hold(shop: Shop, order: Order, said: Said, ref: str) -> Command:
    kind: Any = said.choice("kind", HOLD_KINDS, default="manual")
    reason = said.text("reason", needed="A hold needs its reason.") or ""
    return c.PlaceHold(kind=kind, reason=reason, until=said.moment("until"))


def _holds(order: Order) -> Sequence[tuple[str, str]]:
    return [(h.id, f"{h.kind}: {h.reason or 'no reason given'}") for h in order.holds if h.kind != "dispute"]


async def _release(shop: Shop, order: Order, said: Said, ref: str) -> Command:
    return c.ReleaseHold(hold_id=ref)


def _note_inputs(shop: Shop, order: Order, ref: str) -> Sequence[Input]:
    return (
        Input("body", "Note", "area", needed=True),
        Input("notify", "Mail it to the customer", "tick", "Otherwise only the shop reads it."),
    )


async def _note(shop: Shop, order: Order, said: Said, ref: str) -> Command:
    body = said.text("body", needed="The note is empty.") or ""
    return c.AddNote(body=body, notify=said.ticked("notify"))


def _notes(order: Order) -> Sequence[tuple[str, str]]:
    return [(n.id, n.body[:60]) for n in order.notes]


async def _delete_note(shop: Shop, order: Order, said: Said, ref: str) -> Command:
    return c.DeleteNote(note_id=ref)


def _windows(order: Order) -> Sequence[tuple[str, str]]:
    return [(w.name, word(w.name.partition(":")[0])) for w in timers(order, order.updated_at)]


def _timer_inputs(shop: Shop, order: Order, ref: str) -> Sequence[Input]:
    window = next((w for w in timers(order, order.updated_at) if w.name == ref), None)
    then = f"Then {window.then}." if window else ""
    return (
        Input("when", "When", "choice", choices=(("at", "at the moment below"), ("now", "now")), value="at"),
        Input("at", "It ends", "moment", then, value=window.at.isoformat() if window else ""),
    )


async def _timer(shop: Shop, order: Order, said: Said, ref: str) -> Command:
    if said.choice("when", ("at", "now"), default="at") == "now":
        return c.MoveTimer(name=ref, fire=True)
    return c.MoveTimer(name=ref, at=said.moment("at", needed="Say when."))


ACTS: Final = (
    Act("confirm", "confirm", "Confirm", "order", AGENTS, nothing_asked, _confirm),
    Act("cancel", "cancel", "Cancel the order", "order", AGENTS, _cancel_inputs, _cancel, grave=True),
    Act("quantity", "edit", "Change quantities", "order", AGENTS, _quantity_inputs, _quantity),
    Act("add-item", "edit", "Add an item", "order", AGENTS, _add_inputs, _add),
    Act("discount", "edit", "Give a discount", "order", AGENTS, _discount_inputs, _discount),
    Act("address", "edit", "Change the address", "order", AGENTS, _address_inputs, _address),
    Act("contact", "update", "Change contact and note", "order", AGENTS, _contact_inputs, _contact, previews=False),
    Act("hold", "hold", "Hold", "order", AGENTS, _hold_inputs, _hold, previews=False),
    Act("release-hold", "release_hold", "Lift the hold", "order", AGENTS, nothing_asked, _release, about=_holds),
    Act("note", "add_note", "Add a note", "order", AGENTS, _note_inputs, _note, previews=False),
    Act("delete-note", "delete_note", "Delete a note", "order", AGENTS, nothing_asked, _delete_note, about=_notes,
        previews=False),
    Act("move-timer", "move_timer", "Move a window", "order", AGENTS, _timer_inputs, _timer, about=_windows),
    Act("close", "close", "Close", "order", AGENTS, nothing_asked, _close),
    Act("reopen", "reopen", "Reopen", "order", AGENTS, nothing_asked, _reopen),
)  # fmt: skip

"""Commands as earlier releases wrote them: what waits in a claim, a reserved row or a running workflow is still understood.

Adding, changing and removing a line were verbs of their own; they are edits of one or two operations now. `amend` (texts,
money, parcels) and `parcels` (several fulfilments or shipments) were commands of their own; they are lists of steps now.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from domain.commands import COMMANDS, Command, Edit, Several, together
from domain.edits import AddItem, EditOperation, RemoveItem, SetPrice, SetQuantity
from domain.order import Line

Content = Mapping[str, Any]


def _add_line(content: Content) -> list[EditOperation]:
    return [AddItem(op="add_item", line=Line.model_validate(content["line"]))]


def _update_line(content: Content) -> list[EditOperation]:
    line, quantity, unit_price = content["line_id"], content.get("quantity"), content.get("unit_price")
    made: list[EditOperation] = []
    if quantity is not None:
        made.append(SetQuantity(op="set_quantity", line_id=line, quantity=quantity))
    if unit_price is not None:
        made.append(SetPrice(op="set_price", line_id=line, unit_price=unit_price))
    return made


def _remove_line(content: Content) -> list[EditOperation]:
    return [RemoveItem(op="remove_item", line_id=content["line_id"])]


def _amend(content: Content) -> Command:
    """Its parts had names, and were done in this order whatever order they stood in."""
    names = {
        "update": "update", "record_payment": "record_payment", "cancel": "cancel", "fulfill": "fulfill",
        "deliver": "deliver", "tracking": "update_fulfillment",
    }  # fmt: skip
    given = ((verb, content[name]) for name, verb in names.items() if content.get(name) is not None)
    return together(COMMANDS[verb].model_validate(part) for verb, part in given)


def _parcels(content: Content) -> Command:
    """Fulfilments or shipments: a list per thing to do with them, done in this order."""
    names = {"cancel": "cancel_fulfillment", "unship": "unship", "ship": "ship", "update": "update_fulfillment"}
    given = ((verb, part) for name, verb in names.items() for part in content.get(name) or ())
    return together(COMMANDS[verb].model_validate(part) for verb, part in given)


def _edit(operations: Callable[[Content], list[EditOperation]]) -> Callable[[Content], Command]:
    return lambda content: Edit(operations=tuple(operations(content)))


FORMER: Final[dict[str, Callable[[Content], Command]]] = {
    "add_line": _edit(_add_line),
    "update_line": _edit(_update_line),
    "remove_line": _edit(_remove_line),
    "amend": _amend,
    "parcels": _parcels,
}
"""Former verb -> its content as a command of today."""


def read_command(verb: str, content: Content) -> Command:
    """The command of this verb. KeyError for a verb nobody knows, ValidationError for content that is none."""
    if verb in FORMER:
        return FORMER[verb](content)
    if verb == Several.verb and isinstance(content.get("steps"), list):
        content = {**content, "steps": [_step(step) for step in content["steps"]]}
    return COMMANDS[verb].model_validate(content)


def _step(written: Any) -> Any:
    """A step of a verb that was retired since; what else there is, and what is no step, is the list's to read."""
    verb = written.get("verb") if isinstance(written, dict) else None
    return read_command(verb, written["command"]) if isinstance(verb, str) and verb in FORMER else written

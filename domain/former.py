"""Commands as earlier releases wrote them: what waits in a claim, a reserved row or a running workflow is still understood.

Adding, changing and removing a line were verbs of their own; they are edits of one or two operations now.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from domain.commands import COMMANDS, Command, Edit
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


FORMER: Final[dict[str, Callable[[Content], list[EditOperation]]]] = {
    "add_line": _add_line,
    "update_line": _update_line,
    "remove_line": _remove_line,
}
"""Former verb -> its content as operations of an edit."""


def read_command(verb: str, content: Content) -> Command:
    """The command of this verb. KeyError for a verb nobody knows, ValidationError for content that is none."""
    if verb in FORMER:
        return Edit(operations=tuple(FORMER[verb](content)))
    return COMMANDS[verb].model_validate(content)

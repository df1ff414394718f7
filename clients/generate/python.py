"""Python: answers as frozen dataclasses, inputs as typed dictionaries, and each resource twice, blocking and awaiting."""

import keyword
from collections.abc import Sequence
from typing import Final

from clients.generate.calls import RESOURCES
from clients.generate.document import Call
from clients.generate.shapes import Field, Kind, Shape, snake

HEAD: Final = '"""{about}\n\nMade by `python -m clients.generate`: change the engine, or the generator.\n"""\n\n'
_PLAIN: Final = {"text": "str", "whole": "int", "number": "float", "flag": "bool", "any": "Any"}
_TAKEN: Final = frozenset(("options", "self"))
"""Arguments of every method: a field of that name gets a `_`, which the wire drops."""


def files(shapes: Sequence[Shape], calls: Sequence[Call]) -> dict[str, str]:
    """Path within the package -> text."""
    return {
        "answers.py": _answers([s for s in shapes if not s.asked]),
        "inputs.py": _inputs([s for s in shapes if s.asked]),
        "resources.py": _resources(calls, awaiting=False),
        "async_resources.py": _resources(calls, awaiting=True),
    }


def _name(field: str) -> str:
    name = snake(field)
    return f"{name}_" if keyword.iskeyword(name) or name in _TAKEN else name


def _type(kind: Kind, *, asked: bool, module: str = "") -> str:
    if kind.word == "time":
        return "str | datetime" if asked else "datetime"
    if kind.word in ("choice", "constant"):
        return f"Literal[{', '.join(repr(name) for name in kind.names)}]"
    if kind.word == "list" and kind.of:
        inner = _type(kind.of, asked=asked)
        return f"Sequence[{inner}]" if asked else f"tuple[{inner}, ...]"
    if kind.word == "map" and kind.of:
        return f"dict[str, {_type(kind.of, asked=asked)}]"
    if kind.word in ("ref", "union"):
        return " | ".join(module + name for name in kind.names)
    return _PLAIN[kind.word]


def _answers(shapes: Sequence[Shape]) -> str:
    about = "What the engine answers. Amounts are minor units of the currency; what may be without a value is None."
    text = HEAD.format(about=about) + (
        "from __future__ import annotations\n\nfrom dataclasses import dataclass\nfrom datetime import datetime\n"
        "from typing import Any, Literal\n\n\n@dataclass(frozen=True, kw_only=True)\nclass Versioned:\n"
        '    """`etag` is the order\'s version as of this answer, for `Options(if_match=…)`."""\n\n    etag: str | None = None\n'
    )
    for shape in shapes:
        base = "(Versioned)" if shape.versioned else ""
        text += f"\n\n@dataclass(frozen=True, kw_only=True)\nclass {shape.name}{base}:\n{_gloss(shape.gloss, 4)}"
        for field in shape.fields:
            kind = _type(field.kind, asked=False)
            absent = field.nullable or not field.needed
            text += f"    {_name(field.name)}: {kind}{' | None' if absent else ''}{'' if field.needed else ' = None'}\n"
            text += _gloss(field.gloss, 4, after=True)
    return text


def _gloss(text: str | None, indent: int, *, after: bool = False) -> str:
    if not text:
        return ""
    escaped = text.replace("\\", "\\\\")
    if escaped.endswith('"'):
        escaped += " "
    pad = " " * indent
    return f'{pad}"""{_wrapped(escaped, indent)}"""\n{"" if after else chr(10)}'


def _wrapped(text: str, indent: int) -> str:
    lines, line = [], ""
    for word in text.split():
        if len(line) + len(word) > 112 - indent:
            lines.append(line.rstrip())
            line = ""
        line += f"{word} "
    return ("\n" + " " * indent).join([*lines, line.strip()])


def _inputs(shapes: Sequence[Shape]) -> str:
    about = (
        "What calls take, as keyword arguments or dictionaries. Amounts are minor units; what is missing is not sent."
    )
    text = HEAD.format(about=about) + (
        "from __future__ import annotations\n\nfrom collections.abc import Sequence\nfrom datetime import datetime\n"
        "from typing import Any, Literal, Required, TypedDict\n"
    )
    for shape in shapes:
        text += f"\n\nclass {shape.name}(TypedDict, total=False):\n"
        gloss = _gloss(shape.gloss, 4)
        text += gloss if shape.fields else gloss or "    pass\n"
        for field in shape.fields:
            text += f"    {_name(field.name)}: {_input(field)}\n{_gloss(field.gloss, 4, after=True)}"
    return text


def _input(field: Field) -> str:
    kind = _type(field.kind, asked=True) + (" | None" if field.nullable else "")
    return f"Required[{kind}]" if field.needed else kind


def _resources(calls: Sequence[Call], *, awaiting: bool) -> str:
    prefix = "Async" if awaiting else ""
    sends = "AsyncSend" if awaiting else "Send"
    about = f"Every call as a method, {'awaiting' if awaiting else 'blocking'}."
    iterator = "AsyncIterator" if awaiting else "Iterator"
    text = HEAD.format(about=about) + (
        "from __future__ import annotations\n\n"
        f"from collections.abc import {iterator}\nfrom typing import Any, Unpack\n\n"
        "from ordermill_client import answers, inputs\n"
        f"from ordermill_client.paging import OrderWalk, {'followed_async' if awaiting else 'followed'}\n"
        f"from ordermill_client.sending import {', '.join(sorted(('Call', 'Options', sends)))}\n"
        "from ordermill_client.wire import path\n"
    )
    for resource, gloss in RESOURCES.items():
        own = [call for call in calls if call.row.resource == resource]
        name = prefix + resource[0].upper() + resource[1:]
        rehearsed = [call for call in own if call.dry_run]
        text += _class(name, gloss, own, sends, awaiting=awaiting, dry_run=f"{name}DryRun" if rehearsed else None)
        if rehearsed:
            told = f"The same verbs, answering what each would do. Nothing is done ({resource}.dry_run)."
            text += _class(f"{name}DryRun", told, rehearsed, sends, awaiting=awaiting, rehearsing=True)
    return text


def _class(
    name: str, gloss: str, calls: Sequence[Call], sends: str, *, awaiting: bool, dry_run: str | None = None,
    rehearsing: bool = False,
) -> str:  # fmt: skip
    text = f'\n\nclass {name}:\n    """{gloss}"""\n\n    def __init__(self, send: {sends}) -> None:\n        self._send = send\n'
    if dry_run:
        text += f"        self.dry_run = {dry_run}(send)\n"
    for call in calls:
        text += _method(call, awaiting=awaiting, rehearsing=rehearsing)
        if call.row.walks and not rehearsing:
            text += _follow(call, awaiting=awaiting)
        if call.row.route == "GET /order":
            text += _all_orders(awaiting=awaiting)
    return text


def _arguments(call: Call) -> list[str]:
    return [snake("orderId" if name == "id" else name) for name in call.parameters]


def _signature(call: Call) -> str:
    parts = ["self", *(f"{name}: str" for name in _arguments(call)), "*, options: Options | None = None"]
    if call.query:
        parts.append(f"**query: Unpack[inputs.{call.query}]")
    elif call.body:
        parts.append(f"**body: Unpack[inputs.{call.body}]")
    return ", ".join(parts)


def _answer(call: Call, *, rehearsing: bool) -> tuple[str, str]:
    """Its annotation and its class."""
    if rehearsing:
        return "answers.DryRun", "answers.DryRun"
    if call.answer is None:
        return "None", "type(None)"
    if call.answer == "":
        return "dict[str, Any]", "dict"
    return f"answers.{call.answer}", f"answers.{call.answer}"


def _path(call: Call) -> str:
    names = iter(_arguments(call))
    segments = [next(names) if part.startswith("{") else repr(part) for part in call.path.strip("/").split("/")]
    return f"path({', '.join(segments)})"


def _method(call: Call, *, awaiting: bool, rehearsing: bool) -> str:
    annotation, answer = _answer(call, rehearsing=rehearsing)
    more = ", query=query" if call.query else ", query={'dry_run': 'true'}" if rehearsing else ""
    more += ", body=body" if call.body else ""
    more += ", accepted=True" if call.accepted else ""
    name = f"{snake(call.row.name)}{'_' if keyword.iskeyword(call.row.name) else ''}"
    head = f"    {'async ' if awaiting else ''}def {name}({_signature(call)}) -> {annotation}:\n"
    sent = f"Call({call.method!r}, {_path(call)}, {answer}{more})"
    returns = "" if annotation == "None" else "return "
    wait = "await " if awaiting else ""
    return f'\n{head}        """{call.summary}."""\n        {returns}{wait}self._send({sent}, options)\n'


def _follow(call: Call, *, awaiting: bool) -> str:
    model = {"FoundOrderList": "FoundOrder", "TaskList": "Task", "DeadlineList": "Deadline"}[str(call.answer)]
    iterator = "AsyncIterator" if awaiting else "Iterator"
    followed = "followed_async" if awaiting else "followed"
    return (
        f"\n    def all({_signature(call)}) -> {iterator}[answers.{model}]:\n"
        '        """Every match, page after page."""\n'
        f"        return {followed}(self._send, Call('GET', {_path(call)}, answers.{call.answer}, query=query), options)\n"
    )


def _all_orders(*, awaiting: bool) -> str:
    iterator = "AsyncIterator" if awaiting else "Iterator"
    signature = "self, *, options: Options | None = None, **query: Unpack[inputs.OrderListParams]"
    gloss = '        """Every match, page after page; oldest first unless `sort` is given (paging.OrderWalk)."""\n'
    loop = (
        "        walk = OrderWalk(query)\n        while not walk.ended:\n"
        + ("            for order in walk.fresh(await self._send(walk.next(), options)):\n                yield order\n"
           if awaiting else "            yield from walk.fresh(self._send(walk.next(), options))\n")
    )  # fmt: skip
    return (
        f"\n    {'async ' if awaiting else ''}def all({signature}) -> {iterator}[answers.OrderSummary]:\n{gloss}{loop}"
    )

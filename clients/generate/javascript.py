"""JavaScript: each resource as a class, and its declaration; the shapes themselves are openapi-typescript's (openapi.d.ts)."""

from collections.abc import Sequence
from typing import Final

from clients.generate.calls import RESOURCES
from clients.generate.document import Call
from clients.generate.shapes import Shape

HEAD: Final = "/** {about} Made by `python -m clients.generate`: change the engine, or the generator. */\n"


def files(shapes: Sequence[Shape], calls: Sequence[Call]) -> dict[str, str]:
    """Path within the package -> text."""
    return {"src/resources.js": _classes(calls), "resources.d.ts": _declared(shapes, calls)}


def _class_name(resource: str) -> str:
    return resource[0].upper() + resource[1:]


def _arguments(call: Call) -> list[str]:
    needs = call.body is not None
    return [*call.parameters, *(["params"] if call.query else ["body"] if needs else []), "options"]


def _classes(calls: Sequence[Call]) -> str:
    text = HEAD.format(about="Every call as a method. What each takes and answers: ../resources.d.ts.")
    text += "import { allOrders, follow } from './paging.js'\nimport { at } from './path.js'\n"
    for resource, gloss in RESOURCES.items():
        own = [call for call in calls if call.row.resource == resource]
        name = _class_name(resource)
        rehearsed = [call for call in own if call.dry_run]
        text += _class(name, gloss, own, dry_run=f"{name}DryRun" if rehearsed else None)
        if rehearsed:
            text += _class(f"{name}DryRun", "The same verbs, answering what each would do.", rehearsed, rehearsing=True)
    return text


def _class(
    name: str, gloss: str, calls: Sequence[Call], *, dry_run: str | None = None, rehearsing: bool = False
) -> str:
    text = f"\n/** {gloss} */\nexport class {name} {{\n  #transport\n\n"
    text += "  /** @param {import('./transport.js').Transport} transport */\n  constructor(transport) {\n"
    text += (
        "    this.#transport = transport\n"
        + (f"    this.dryRun = new {dry_run}(transport)\n" if dry_run else "")
        + "  }\n"
    )
    for call in calls:
        text += _method(call, rehearsing=rehearsing)
        if call.row.walks and not rehearsing:
            text += _all("follow")
        if call.row.route == "GET /order":
            text += _all("allOrders")
    return text + "}\n"


def _all(how: str) -> str:
    return (
        "\n  /** Every match, page after page. @param {any} [params] @param {any} [options] */\n"
        f"  all(params = {{}}, options) {{\n    return {how}((asked) => this.list(asked, options), params)\n  }}\n"
    )


def _method(call: Call, *, rehearsing: bool) -> str:
    types = " ".join(
        f"@param {{{'string' if name in call.parameters else 'any'}}} {name if name in call.parameters else f'[{name}]'}"
        for name in _arguments(call)
    )
    segments = ", ".join(
        part[1:-1] if part.startswith("{") else f"'{part}'" for part in call.path.strip("/").split("/")
    )
    parts = [f"method: '{call.method}'", f"path: at({segments})"]
    parts += ["query: { dryRun: true }"] if rehearsing else ["query: params"] if call.query else []
    parts += ["body"] if call.body else []
    parts += ["accepted: true"] if call.accepted else []
    return (
        f"\n  /** {call.summary}. {types} */\n  {call.row.name}({', '.join(_arguments(call))}) {{\n"
        f"    return this.#transport.send({{ {', '.join(parts)} }}, options)\n  }}\n"
    )


def _declared(shapes: Sequence[Shape], calls: Sequence[Call]) -> str:
    text = HEAD.format(about="What every call takes and answers.")
    text += "import type { components } from './openapi.d.ts'\nimport type { CallOptions } from './index.d.ts'\n\n"
    text += "type Schemas = components['schemas']\n\nexport interface Versioned {\n"
    text += (
        "  /** The order's version for `ifMatch`; hidden from printing and JSON. */\n  readonly etag?: string\n}\n\n"
    )
    text += "/** Times in a query may be Dates; lists may be comma-separated texts. */\n"
    text += "type Query<T> = { [K in keyof T]: K extends 'since' | 'until' | 'from' ? T[K] | Date : "
    text += "T[K] extends string[] | undefined ? T[K] | string : T[K] }\n\n"
    queries = {call.query for call in calls}
    for shape in shapes:
        own = f"Schemas['{shape.name}']"
        kind = f"Query<{own}>" if shape.name in queries else f"{own} & Versioned" if shape.versioned else own
        text += f"export type {shape.name} = {kind}\n"
    for resource, gloss in RESOURCES.items():
        own_calls = [call for call in calls if call.row.resource == resource]
        rehearsed = [call for call in own_calls if call.dry_run]
        name = _class_name(resource)
        text += f"\n/** {gloss} */\nexport interface {name} {{\n"
        text += (
            f"  /** The same verbs, answering what each would do. */\n  readonly dryRun: {name}DryRun\n"
            if rehearsed
            else ""
        )
        text += "".join(_signature(call) for call in own_calls) + "}\n"
        if rehearsed:
            text += f"\n/** What a verb would do: nothing is done. */\nexport interface {name}DryRun {{\n"
            text += "".join(_signature(call, rehearsing=True) for call in rehearsed) + "}\n"
    return text


def _signature(call: Call, *, rehearsing: bool = False) -> str:
    taken = [f"{name}: string" for name in call.parameters]
    if call.query:
        taken.append(f"params?: {call.query}")
    elif call.body:
        taken.append(f"body{'' if call.body_needed else '?'}: {call.body}")
    taken.append("options?: CallOptions")
    answer = "DryRun" if rehearsing else {None: "void", "": "Record<string, unknown>"}.get(call.answer, call.answer)
    text = f"  /** {call.summary}. */\n  {call.row.name}({', '.join(taken)}): Promise<{answer}>\n"
    model = {
        "OrderList": "OrderSummary",
        "FoundOrderList": "FoundOrder",
        "TaskList": "Task",
        "DeadlineList": "Deadline",
    }
    if not rehearsing and (call.row.walks or call.row.route == "GET /order"):
        order = "; by creation, oldest first unless `sort` is given" if call.row.route == "GET /order" else ""
        text += f"  /** Every match, page after page{order}. */\n"
        shown = model[str(call.answer)]
        text += f"  all(params?: {call.query}, options?: CallOptions): AsyncGenerator<{shown}, void, undefined>\n"
    return text

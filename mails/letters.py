"""Letters: a mail's subject, text and HTML made from its templates; a shop's own templates come before ours.

A template of a shop's own that cannot be used (a slip in its syntax, a name that does not exist, bytes that are no text) never
keeps a customer from hearing of an order: the whole mail is then written with our templates, and an error is logged that names
file, line and reason. `ordermill mails check` says the same before a customer is concerned, and the console shows it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog
from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
    TemplateError,
    TemplateSyntaxError,
    select_autoescape,
)
from jinja2.sandbox import ImmutableSandboxedEnvironment

from domain.order import Order
from domain.policy import Store
from mails.fields import fields

log = structlog.get_logger(__name__)

OURS: Final = Path(__file__).parent / "templates"
MAILS: Final[dict[str, str]] = {
    "order_placed": "an order was placed and a receipt asked for",
    "order_shipped": "goods left the shop",
    "order_cancelled": "an order was cancelled",
    "order_refunded": "money goes back",
    "return_approved": "goods may be sent back",
    "exchange_overdue": "new goods were sent and those to come back did not come in time",
    "claim_created": "goods that were damaged, missing or wrong are replaced, or their money goes back",
    "order_note": "a note was written to the customer",
}
"""Mail -> when it is sent. Each is three files: `<mail>.subject.txt`, `<mail>.txt`, `<mail>.html`."""
PARTS: Final = ("subject.txt", "txt", "html")
SUBJECT_LENGTH: Final = 200


class NoSuchMail(Exception):
    """No mail is called so: a newer release asked for it."""


@dataclass(frozen=True)
class Letter:
    """A mail's content."""

    subject: str
    text: str
    html: str
    problem: str | None = None
    """Why the shop's own template was not used; None when nothing is wrong."""


class Letters:
    """Writes letters. `own`: the directory of a shop's own templates; any file there stands in for ours of its name."""

    def __init__(self, store: Store, own: Path | None = None) -> None:
        self._store = store
        self._own = own
        ours = FileSystemLoader(OURS)
        self._ours = _environment(ours)
        self._first = self._ours
        if own is not None:
            # Ours are found under `ours/` too, so that one of the shop's may build on the one it replaces.
            self._first = _environment(ChoiceLoader([FileSystemLoader(own), ours, PrefixLoader({"ours": ours})]))

    def write(self, order: Order, mail: str, child: object = None) -> Letter:
        """The letter of a mail about one order; `child` is the refund, fulfilment, return or note it is about."""
        if mail not in MAILS:
            raise NoSuchMail(mail)
        names = fields(order, child, self._store)
        if self._first is self._ours:
            return _letter(self._ours, mail, names)
        try:
            return _letter(self._first, mail, names)
        except Exception as error:
            # Whatever a template of somebody else's raises, TypeError and ZeroDivisionError included: the customer gets ours.
            problem = self._told(error, mail)
            log.exception("a mail template of the shop cannot be used; ours is sent", mail=mail, problem=problem)
            return _letter(self._ours, mail, names, problem)

    def origins(self) -> Iterator[tuple[str, str]]:
        """(file, `shop` or `ours`) of every template, so that a person sees which are replaced."""
        for mail in MAILS:
            for part in PARTS:
                name = f"{mail}.{part}"
                yield name, "shop" if self._own is not None and (self._own / name).is_file() else "ours"

    def strays(self) -> list[str]:
        """Files of the shop's directory that no mail uses: misspelt names would pass unseen."""
        if self._own is None:
            return []
        used = {f"{mail}.{part}" for mail in MAILS for part in PARTS} | {"layout.html", "parts.html", "lines.txt"}
        taken = self._referred()
        return sorted(
            path.name
            for path in self._own.iterdir()
            if path.is_file() and path.name not in used | taken and not path.name.startswith(".")
        )

    def _referred(self) -> set[str]:
        """Files that other templates include, import or extend."""
        from jinja2 import meta

        found: set[str] = set()
        for path in self._own.iterdir() if self._own else ():
            if path.suffix in (".txt", ".html"):
                try:
                    found |= {n for n in meta.find_referenced_templates(self._first.parse(path.read_text())) if n}
                except (TemplateError, UnicodeDecodeError):
                    continue
        return found

    def _told(self, error: Exception, mail: str) -> str:
        if isinstance(error, TemplateSyntaxError):
            return f"{error.name or mail}, line {error.lineno}: {error.message}"
        place = _place(error, self._own)
        return f"{place or mail}: {type(error).__name__}: {error}"


def _environment(loader: BaseLoader) -> Environment:
    """Escaped in HTML, never in text; a name that does not exist is an error; nothing of Python's within reach."""
    return ImmutableSandboxedEnvironment(
        loader=loader,
        autoescape=select_autoescape(enabled_extensions=("html",), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _letter(environment: Environment, mail: str, names: dict[str, object], problem: str | None = None) -> Letter:
    subject, text, html = (environment.get_template(f"{mail}.{part}").render(names) for part in PARTS)
    return Letter(subject=one_line(subject), text=f"{text.strip()}\n", html=html, problem=problem)


def one_line(subject: str) -> str:
    """A subject is a header: what would begin another one, or shows as nothing, becomes a space."""
    shown = "".join(char if char.isprintable() else " " for char in subject)
    return " ".join(shown.split())[:SUBJECT_LENGTH]


def _place(error: Exception, own: Path | None) -> str | None:
    """File and line in the shop's templates where it happened."""
    found = None
    trace = error.__traceback__
    while trace is not None:
        path = Path(trace.tb_frame.f_code.co_filename)
        if own is not None and own.resolve() in path.resolve().parents:
            found = f"{path.name}, line {trace.tb_lineno}"
        trace = trace.tb_next
    return found

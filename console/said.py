"""What a form says, read into the domain's types. What cannot be read names its field; a page shows the words beside it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from api.http.fields import MAX_QUANTITY, MAX_TEXT, Country, Email, HttpsUrl, Short
from console.pages import Pages
from console.visit import Form
from domain import money
from domain.money import MAX_AMOUNT
from domain.order import Order, Units

UNITS: Final = "units."
"""Before a line's id, in the name of the field that says how many units of it."""


class Unreadable(Exception):
    """One field cannot be read."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


class Said:
    """One form about one order."""

    def __init__(self, form: Form, order: Order, pages: Pages) -> None:
        self._form = form
        self._order = order
        self._pages = pages

    def text(self, name: str, *, needed: str | None = None, longest: int = MAX_TEXT) -> str | None:
        """None where it is empty. `needed`: what to say then."""
        text = _first(self._form, name).replace("\r\n", "\n").strip()
        if len(text) > longest:
            raise Unreadable(name, f"At most {longest:,} characters.")
        if not text and needed is not None:
            raise Unreadable(name, needed)
        return text or None

    def short(self, name: str, *, needed: str | None = None) -> str | None:
        """One line of at most 255 characters."""
        text = self.text(name, needed=needed, longest=255)
        return None if text is None else self._valid(name, _SHORT, text)

    def link(self, name: str) -> str | None:
        """An https address: it is shown to customers and never fetched."""
        text = self.text(name, longest=2_000)
        return None if text is None else self._valid(name, _LINK, text)

    def email(self, name: str) -> str | None:
        text = self.text(name)
        return None if text is None else self._valid(name, _EMAIL, text)

    def country(self, name: str) -> str:
        return self._valid(name, _COUNTRY, self.text(name, needed="Two letters, like US.") or "")

    def _valid(self, name: str, kind: "TypeAdapter[str]", text: str) -> str:
        try:
            return kind.validate_python(text)
        except ValidationError as error:
            message = error.errors(include_url=False, include_input=False)[0]["msg"].removeprefix("Value error, ")
            raise Unreadable(name, f"{message[:1].upper()}{message[1:]}.") from None

    def money(self, name: str, *, least: int = 0, needed: str | None = None) -> int | None:
        """Minor units of the order's currency, from `12.50` or `1,250`; None where it is empty."""
        text = self.text(name, needed=needed, longest=40)
        if text is None:
            return None
        try:
            amount = money.from_decimal(text.replace(",", "").replace(" ", ""), self._order.currency)
        except ValueError as error:
            raise Unreadable(name, f"An amount in {self._order.currency}: {error}.") from None
        if not least <= amount <= MAX_AMOUNT:
            raise Unreadable(name, "The amount is out of range.")
        return amount

    def count(self, name: str, *, least: int = 0) -> int | None:
        text = self.text(name, longest=20)
        if text is None:
            return None
        if not (text.isascii() and text.isdigit()) or not least <= int(text) <= MAX_QUANTITY:
            raise Unreadable(name, f"A whole number from {least} to {MAX_QUANTITY:,}.")
        return int(text)

    def moment(self, name: str, *, needed: str | None = None) -> datetime | None:
        """In the shop's time zone."""
        text = self.text(name, needed=needed, longest=40)
        if text is None:
            return None
        try:
            return self._pages.parse_local(text)
        except ValueError:
            raise Unreadable(name, "A day and a time, like 2026-12-04T18:00.") from None

    def ticked(self, name: str) -> bool:
        return _first(self._form, name) != ""

    def choice(self, name: str, known: Sequence[str], *, default: str) -> str:
        text = _first(self._form, name) or default
        if text not in known:
            raise Unreadable(name, "Not one of the choices.")
        return text

    def units(self, *, needed: bool = True) -> tuple[Units, ...]:
        """Line by line how many units; lines with none are left out."""
        found = [(line.id, self.count(f"{UNITS}{line.id}")) for line in self._order.lines]
        wanted = tuple(Units(line_id=line_id, quantity=count) for line_id, count in found if count)
        if needed and not wanted:
            raise Unreadable(UNITS, "Say of at least one line how many units.")
        return wanted


def _first(form: Mapping[str, Sequence[str]], name: str) -> str:
    values = form.get(name)
    return values[0] if values else ""


_SHORT: Final[TypeAdapter[Any]] = TypeAdapter(Short)
_LINK: Final[TypeAdapter[Any]] = TypeAdapter(HttpsUrl)
_EMAIL: Final[TypeAdapter[Any]] = TypeAdapter(Email)
_COUNTRY: Final[TypeAdapter[Any]] = TypeAdapter(Country)

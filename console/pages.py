"""Jinja2 templates: everything escaped, nothing undefined, money and times as people of this shop read them."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from console import words
from console.assets import Assets
from domain import money
from domain.policy import ShopConfig
from store.database.clock import moment

if TYPE_CHECKING:
    from console.routing import Nav
    from console.visit import Visit

TEMPLATES: Final = Path(__file__).parent / "templates"


class Pages:
    """Renders; made once per process."""

    def __init__(self, config: ShopConfig, assets: Assets, navigation: "tuple[Nav, ...]") -> None:
        self.zone = ZoneInfo(config.store.time_zone)
        self._environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.filters |= {
            "money": amount,
            "when": self.when,
            "day": self.day,
            "local": self.local,
            "word": words.word,
            "plural": words.plural,
        }
        self._environment.globals |= {"asset": assets.url, "nav": navigation, "zone": self.zone.key}

    def render(self, template: str, visit: "Visit", context: dict[str, Any]) -> str:
        return self._environment.get_template(template).render(visit=visit, **context)

    def when(self, at: datetime | int | None, now: datetime | None = None) -> Markup:
        """`Tue 24 Nov, 20:30`, as a <time> that says the whole of it; beside `now` also how far away that is."""
        if at is None:
            return Markup("–")
        here = self._here(at)
        year = f" {here.year}" if now is None or here.year != now.astimezone(self.zone).year else ""
        shown = f"{here.day} {here:%b}{year}, {here:%H:%M}"
        away = Markup(' <span class="away">{}</span>').format(words.away(here - now)) if now is not None else ""
        return (
            Markup('<time datetime="{}" title="{}">{}</time>').format(
                here.isoformat(), f"{here:%A} {here.day} {here:%B %Y, %H:%M} ({self.zone.key})", shown
            )
            + away
        )

    def day(self, at: datetime | int) -> str:
        here = self._here(at)
        return f"{here:%A} {here.day} {here:%B %Y}"

    def local(self, at: datetime | int) -> str:
        """As an <input type=datetime-local> takes it."""
        return self._here(at).strftime("%Y-%m-%dT%H:%M")

    def _here(self, at: datetime | int) -> datetime:
        return (moment(at) if isinstance(at, int) else at).astimezone(self.zone)

    def parse_local(self, text: str) -> datetime:
        """The reverse of `local`: a moment in the shop's time zone. ValueError."""
        return datetime.fromisoformat(text).replace(tzinfo=self.zone)


def amount(minor: int | None, currency: str) -> Markup:
    """1999, USD → 19.99 USD with thin thousands; the currency is a quieter word."""
    if minor is None:
        return Markup("–")
    number = f"{money.to_decimal(abs(minor), currency):,}"
    sign = "\N{MINUS SIGN}" if minor < 0 else ""
    return Markup('<span class="money">{}{} <abbr>{}</abbr></span>').format(sign, number, currency)


def spoken(minor: int, currency: str) -> str:
    """The same as plain text."""
    return f"{money.to_decimal(minor, currency):,} {currency}"

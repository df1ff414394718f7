"""Reports: orders and money by day, how soon goods leave, what orders wait for and how long. Each plot has its table."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from starlette.responses import Response

from console.routing import Screens
from console.visit import Refused, Visit
from domain.money import to_decimal
from domain.takings import FIGURES, SENT
from domain.waiting import WORDS
from store.lists import ages, figures
from store.lists.ages import Age
from store.lists.figures import Figures

screens = Screens()
SPANS: Final = (7, 30, 90, 180)
CLASSES: Final[dict[str, str]] = {
    "sent_1d": "within a day", "sent_2d": "2 days", "sent_3d": "3 days", "sent_7d": "a week", "sent_later": "later",
}  # fmt: skip
Plot = list[tuple[str, list[int | Decimal]]]
"""Day -> numbers, as the macro takes it."""


@dataclass(frozen=True)
class Waiting:
    """How many orders wait for one word, and for how long; `older`: for more than a week."""

    word: str
    words: str
    count: int
    age: Age | None

    @property
    def older(self) -> int:
        return max(0, self.count - (self.age.young if self.age else 0))


@dataclass(frozen=True)
class Money:
    """One currency's days, and their sums in minor units."""

    currency: str
    days: Plot
    captured: int
    refunded: int


@screens.page("/reports")
async def reports(visit: Visit) -> Response:
    asked = visit.asked("days") or "30"
    if asked not in map(str, SPANS):
        raise Refused(404, "Not found", "There is no such span.")
    until = visit.now.astimezone(visit.pages.zone).date() + timedelta(days=1)
    since = until - timedelta(days=int(asked))
    found = await figures.figures(
        visit.db, visit.livemode, visit.pages.zone, since, until, named=(*FIGURES, *SENT)
    )  # fmt: skip
    days = [since + timedelta(days=n) for n in range(int(asked))]
    told = await ages.ages(
        visit.db, visit.livemode, [w for w in WORDS if w in found.waiting], int(visit.now.timestamp())
    )
    waiting = [
        Waiting(word, WORDS[word], found.waiting[word], told.get(word)) for word in WORDS if found.waiting.get(word)
    ]
    return visit.show(
        "reports.html", spans=SPANS, span=int(asked), sold=_sold(found, days), money=_money(visit, found, days),
        sent=_sent(found, days), classes=CLASSES, shares=_shares(found), waiting=waiting,
        most=max((one.count for one in waiting), default=1), orders=_sum(found, "orders"), units=_sum(found, "units"),
    )  # fmt: skip


def _sum(found: Figures, figure: str) -> int:
    return sum(value for (_, _, name), value in found.days.items() if name == figure)


def _label(day: date) -> str:
    return day.isoformat()


def _sold(found: Figures, days: list[date]) -> Plot:
    currencies = sorted({currency for _, currency, _ in found.days})
    return [
        (_label(day), [sum(found.days[day, money, figure] for money in currencies) for figure in ("orders", "units")])
        for day in days
    ]


def _money(visit: Visit, found: Figures, days: list[date]) -> list[Money]:
    """The shop's own currency first."""
    own = visit.shop.config.store.currency
    moved = {money for _, money, figure in found.days if figure in ("captured", "refunded")}
    return [_of_currency(found, days, money) for money in sorted(moved, key=lambda money: (money != own, money))]


def _of_currency(found: Figures, days: list[date], currency: str) -> Money:
    sums = {figure: sum(found.days[day, currency, figure] for day in days) for figure in ("captured", "refunded")}
    rows: Plot = []
    for day in days:
        captured, refunded = (found.days[day, currency, figure] for figure in ("captured", "refunded"))
        rows.append(
            (_label(day), [to_decimal(amount, currency) for amount in (captured, refunded, captured - refunded)])
        )
    return Money(currency, rows, sums["captured"], sums["refunded"])


def _sent(found: Figures, days: list[date]) -> Plot:
    currencies = sorted({currency for _, currency, _ in found.days})
    return [(_label(day), [sum(found.days[day, c, figure] for c in currencies) for figure in SENT]) for day in days]


def _shares(found: Figures) -> list[tuple[str, int, int]]:
    """(class, orders, per cent of all that left)."""
    counts = [(figure, _sum(found, figure)) for figure in SENT]
    whole = sum(count for _, count in counts)
    return [(figure, count, round(100 * count / whole)) for figure, count in counts] if whole else []

"""Audit: who did what, in one list: what people did to orders, and what they did beside them. Newest first, by person."""

from dataclasses import dataclass
from typing import Final

from starlette.responses import Response

from console import paging
from console.roles import AGENTS
from console.routing import Screens
from console.telling import told
from console.visit import Visit
from store.access import deeds, staff
from store.access.deeds import Deed
from store.order import orders

screens = Screens()
PAGE: Final = 50


@dataclass(frozen=True)
class Line:
    """One deed as it is shown. `about`: what it was done to."""

    deed: Deed
    text: str
    about: str


@screens.page("/audit", roles=AGENTS)
async def audit(visit: Visit) -> Response:
    who = visit.asked("who")[:254].lower() or None
    after = paging.keys(visit, deeds.KEYS)
    found = await deeds.newest(visit.db, visit.livemode, who=who, after=after, limit=PAGE + 1)
    people = [person.email for person in await staff.everybody(visit.db)]
    return visit.show(
        "audit.html", rows=await _lines(visit, found[:PAGE]), who=who or "", people=people, first=after is None,
        cursor=paging.following(found, PAGE, lambda deed: deed.key),
    )  # fmt: skip


async def _lines(visit: Visit, found: list[Deed]) -> list[Line]:
    known = {one.event.id: one for one in found if one.event is not None}
    read = await orders.load_many(visit.db, sorted({one.key[2] for one in known.values()}))
    lines = []
    for deed in found:
        if deed.event is None:
            lines.append(Line(deed, (deed.action or "").replace("_", " "), deed.about))
        elif deed.key[2] in read:
            lines.append(Line(deed, told(deed.event, read[deed.key[2]], visit.pages.zone).text, ""))
    return lines

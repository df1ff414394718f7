"""People of the console: who there is, what each may, and a one-time link to sign in by. For owners.

Nobody is deleted, because what they did stays done. An owner cannot take the owner's role, or the way in, from themselves: there
is always somebody left who can.
"""

from typing import Any

from starlette.responses import Response

from console.once import once
from console.roles import OWNERS
from console.routing import PREFIX, Screens
from console.visit import Refused, Visit, not_there
from domain.errors import InvalidInput
from store.access import audit, sessions, staff
from store.access.staff import ROLES, Person, Role

screens = Screens()
MAY: dict[Role, str] = {
    "owner": "everything: people and keys too, and money back beyond the limit",
    "agent": "edits, refunds, returns, exchanges, holds, and what the warehouse may",
    "warehouse": "fulfils, delivers, receives, counts stock",
    "viewer": "reads",
}
WHAT = ("role", "disable", "enable", "link")


@screens.page("/people", roles=OWNERS)
async def list_people(visit: Visit) -> Response:
    return await _shown(visit)


async def _shown(visit: Visit, *, status: int = 200, **more: Any) -> Response:
    found = await staff.everybody(visit.db)
    context: dict[str, Any] = {"link": None, "about": None, "wrong": {}} | more
    return visit.show(
        "people.html", status=status, rows=found, roles=[(role, role) for role in ROLES], may=MAY,
        keys=[visit.new_key() for _ in found], key=visit.new_key(), done=visit.asked("done"), **context,
    )  # fmt: skip


@screens.form("/people", roles=OWNERS)
async def add_person(visit: Visit) -> Response:
    """The answer shows the link that signs them in, this once."""
    role = _role(visit)
    try:
        email = staff.spelled(visit.said("email"))
    except ValueError:
        return await _shown(visit, status=422, wrong={"email": "That is no e-mail address."})

    async def do(request_id: str) -> dict[str, Any]:
        try:
            person = await staff.add(visit.db, email, role, int(visit.now.timestamp()))
        except ValueError as error:
            raise InvalidInput(str(error), field="email") from None
        await _note(visit, "person_added", f"{person.email} as {role}")
        return {"link": await _link(visit, person), "about": person.email}

    try:
        told = await once(visit, do, secret=True)
    except InvalidInput as error:
        return await _shown(visit, status=422, wrong={"email": f"{error.message}."})
    visit.form = {}
    return await _shown(visit, status=201, **told)


def _role(visit: Visit) -> Role:
    found = next((role for role in ROLES if role == visit.said("role")), None)
    if found is None:
        raise Refused(400, "This form is not complete", "A role is one of those offered.")
    return found


async def _link(visit: Visit, person: Person) -> str:
    token = await sessions.link(visit.db, person.id, int(visit.now.timestamp()))
    return f"{visit.shop.settings.link_base}{PREFIX}/sign-in/{token}"


@screens.form("/people/{id}", roles=OWNERS)
async def change_person(visit: Visit) -> Response:
    """Another role, in or out, or a new link."""
    ident, what = visit.path("id"), visit.said("what")
    person = await staff.get(visit.db, ident) if len(ident) <= 64 else None
    if person is None:
        raise not_there("There is no such person")
    if what not in WHAT:
        raise Refused(400, "This form is not complete", "Open the page again and send its form.")
    if person.id == visit.person.id and what in ("role", "disable"):
        raise Refused(409, "That cannot be done", "Another owner does that for you, so that there is always one left.")
    someone = person

    async def do(request_id: str) -> dict[str, Any]:
        return await _change(visit, someone, what)

    told = await once(visit, do, secret=what == "link")
    if "link" in told:
        return await _shown(visit, **told)
    return visit.go(f"{PREFIX}/people", done=person.email)


async def _change(visit: Visit, person: Person, what: str) -> dict[str, Any]:
    if what == "link":
        if person.disabled_at is not None:
            raise InvalidInput("they are switched off; let them in first")
        await _note(visit, "link_made", person.email)
        return {"link": await _link(visit, person), "about": person.email}
    if what == "role":
        role = _role(visit)
        await staff.set_role(visit.db, person.id, role)
        await _note(visit, "role_set", f"{person.email}: {person.role} to {role}")
    elif what == "disable":
        await staff.disable(visit.db, person.id, int(visit.now.timestamp()))
        await _note(visit, "person_disabled", person.email)
    else:
        await staff.enable(visit.db, person.id)
        await _note(visit, "person_enabled", person.email)
    return {}


async def _note(visit: Visit, action: str, about: str) -> None:
    now = int(visit.now.timestamp())
    await audit.note(visit.db, visit.person, action, about[:500], livemode=visit.livemode, now=now)

"""Mails: what waits in the outbox and why, what was sent, each as its receiver sees it; sending one now; the templates."""

from typing import Any, Final

from starlette.responses import Response

from console import paging
from console.once import once
from console.roles import AGENTS
from console.routing import PREFIX, Screens
from console.visit import Refused, Visit, not_there
from domain.order import Order
from door.errands import Unsettled
from door.post import Tried
from mails.letters import MAILS, Letter, Letters, NoSuchMail
from mails.sample import SUBJECTS, problems, sample
from store.access import audit
from store.order import orders
from store.outgoing import mails
from store.outgoing.mails import Mail

screens = Screens()
PAGE: Final = 50
SENT: Final = (int,)
_SHOWN: Final = ("default-src 'none'", "style-src 'unsafe-inline'", "form-action 'none'", "base-uri 'none'")
SHOWN: Final = "; ".join((*_SHOWN, "frame-ancestors 'self'", "sandbox"))
"""For a mail's own page: its styles stand in it, as mail programs want them; nothing runs, nothing is fetched, no link leads away
inside the frame."""


def _letters(visit: Visit) -> Letters:
    return Letters(visit.shop.config.store, visit.shop.settings.mail_templates)


@screens.page("/mails")
async def list_mails(visit: Visit) -> Response:
    view = visit.asked("view") or "waiting"
    if view == "waiting":
        after = paging.keys(visit, mails.KEYS)
        rows = await mails.waiting(visit.db, visit.livemode, after=after, limit=PAGE + 1)
        cursor = paging.following(rows, PAGE, lambda mail: (mail.row.created_at, mail.row.id))
    elif view == "sent":
        after = paging.keys(visit, SENT)
        before = None if after is None else int(after[0])
        rows = await mails.sent(visit.db, visit.livemode, before=before, limit=PAGE + 1)
        cursor = paging.following(rows, PAGE, lambda mail: (mail.row.id,))
    else:
        raise Refused(404, "Not found", "There is no such view.")
    by_file = visit.shop.settings.smtp_url is None
    return visit.show("mails.html", rows=rows[:PAGE], view=view, cursor=cursor, first=after is None, by_file=by_file)


@screens.page("/mails/templates")
async def templates(visit: Visit) -> Response:
    """Each mail about a made-up order, as the shop's templates write it; and what is wrong with those."""
    name = visit.asked("mail") or next(iter(MAILS))
    if name not in MAILS:
        raise not_there("There is no such mail")
    letters, store = _letters(visit), visit.shop.config.store
    wrong = problems(letters, store) if visit.shop.settings.mail_templates else []
    response = visit.show(
        "mail_templates.html", mail=name, mails=MAILS, letter=letters.write(sample(store), name, SUBJECTS[name]),
        problems=wrong, own=visit.shop.settings.mail_templates is not None,
        replaced=[file for file, origin in letters.origins() if origin == "shop"],
    )  # fmt: skip
    return _framing(response)


@screens.page("/mails/templates/{mail}/page")
async def template_page(visit: Visit) -> Response:
    name = visit.path("mail")
    if name not in MAILS:
        raise not_there("There is no such mail")
    return _page(_letters(visit).write(sample(visit.shop.config.store), name, SUBJECTS[name]))


async def _mail(visit: Visit) -> Mail:
    ident = visit.path("id")
    found = await mails.find(visit.db, visit.livemode, int(ident)) if ident.isdecimal() and len(ident) < 18 else None
    if found is None:
        raise not_there("There is no such mail; what was sent is kept for some weeks")
    return found


async def _letter(visit: Visit, mail: Mail) -> Letter | None:
    """As it would be written now; None: another release wrote it."""
    order: Order | None = await orders.load(visit.db, mail.row.order_id)
    if order is None:
        raise not_there("There is no such order")
    try:
        return _letters(visit).write(order, mail.template, mail.about)
    except NoSuchMail:
        return None


@screens.page("/mails/{id}")
async def one_mail(visit: Visit) -> Response:
    mail = await _mail(visit)
    away, tried = None, Tried()
    if mail.sent_at is None:
        try:
            tried = await visit.shop.door.post.tried(mail.row)
        except Unsettled as error:
            away = str(error)
    response = visit.show(
        "mail.html", mail=mail, letter=await _letter(visit, mail), tried=tried, away=away, may=visit.may(AGENTS),
        key=visit.new_key(), done=visit.asked("done") == "1", store=visit.shop.config.store,
    )  # fmt: skip
    return _framing(response)


@screens.page("/mails/{id}/page")
async def mail_page(visit: Visit) -> Response:
    letter = await _letter(visit, await _mail(visit))
    if letter is None:
        raise not_there("There is no such mail")
    return _page(letter)


@screens.form("/mails/{id}", roles=AGENTS)
async def send_now(visit: Visit) -> Response:
    mail = await _mail(visit)
    if mail.sent_at is not None:
        raise Refused(409, "That cannot be done", "This mail was sent already.")

    async def do(request_id: str) -> dict[str, Any]:
        await visit.shop.door.post.send_now(mail.row)
        now, about = int(visit.now.timestamp()), f"{mail.template} of order {mail.number}"
        await audit.note(visit.db, visit.person, "mail_sent_now", about, livemode=visit.livemode, now=now)
        return {}

    await once(visit, do)
    return visit.go(f"{PREFIX}/mails/{mail.row.id}", done=1)


def _page(letter: Letter) -> Response:
    """The mail's HTML alone, for the frame that shows it."""
    headers = {"Content-Security-Policy": SHOWN, "X-Frame-Options": "SAMEORIGIN"}
    return Response(letter.html, media_type="text/html", headers=headers)


def _framing(response: Response) -> Response:
    """A page that shows a mail in a frame: of ours, and none but that."""
    from console.serving import POLICY  # it has the table of all screens, this one among them

    response.headers["Content-Security-Policy"] = f"{POLICY}; frame-src 'self'"
    return response

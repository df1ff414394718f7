"""Customer mails from templates: text and HTML, a shop's own before ours, nothing that a name or a note could break out of."""

import email
import email.policy
import re
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from structlog.testing import capture_logs
from typer.testing import CliRunner

from domain.order import Address, Order
from domain.policy import Store
from mails.fields import NAMES, fields
from mails.letters import MAILS, OURS, PARTS, Letter, Letters, NoSuchMail
from mails.message import message
from mails.sample import SUBJECTS, sample
from ordermill.cli import app
from tests.architecture.house import ROOT
from tests.domain.orders import held, order, paid, placed

SHOP = Store(name="Hanzo & Daughters", from_email="shop@hanzo.example", time_zone="Europe/Zurich")
EVIL = "</td><script>alert(1)</script>\r\nBcc: thief@example.com"


def sent(letter: Letter, to: str = "jane@example.com") -> EmailMessage:
    """The message as a mail program reads it."""
    made = message(letter, to=to, store=SHOP, ident="01ABC.7.1767225600", at=1_767_225_600)
    read = email.message_from_bytes(made.as_bytes(), policy=email.policy.default)
    assert isinstance(read, EmailMessage)
    return read


class Tags(HTMLParser):
    """Every element and link of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.links: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.names.append(tag)
        self.links += [value for name, value in attrs if name in ("href", "src")]


@pytest.mark.parametrize("mail", MAILS)
def test_every_mail_is_written_as_text_and_as_html(mail: str) -> None:
    letter = Letters(SHOP).write(sample(SHOP), mail, SUBJECTS[mail])
    assert letter.problem is None
    assert "1042" in letter.subject
    assert "\n" not in letter.subject
    read = sent(letter)
    assert read.get_content_type() == "multipart/alternative"
    plain, rich = (read.get_body((kind,)) for kind in ("plain", "html"))
    assert plain is not None
    assert rich is not None
    assert "Hanzo & Daughters" in plain.get_content(), "text is not escaped"
    assert "Hanzo &amp; Daughters" in rich.get_content()
    for shown in (letter.subject, letter.text, letter.html):
        assert not re.search(r"\{[{%]|None|Undefined", shown)


def test_the_html_fetches_nothing() -> None:
    """No picture, font or script from anywhere: opening a mail tells nobody."""
    for mail in MAILS:
        page = Tags(Letters(SHOP).write(sample(SHOP), mail, SUBJECTS[mail]).html)
        assert not {"img", "script", "iframe", "link", "object"} & set(page.names)
        assert all(link.startswith(("mailto:shop@hanzo.example", "https://example.com/")) for link in page.links)


def test_every_mail_a_command_sends_has_its_three_files_and_a_sample() -> None:
    asked = {
        name
        for path in (ROOT / "domain/verbs").glob("*.py")
        for name in re.findall(r'mails\.append\("(\w+)"\)', path.read_text())
    }
    assert len(asked) >= 6, "the pattern still finds mails"
    assert asked == set(MAILS) == set(SUBJECTS)
    assert [f"{mail}.{part}" for mail in MAILS for part in PARTS if not (OURS / f"{mail}.{part}").is_file()] == []


def test_the_headers_say_who_when_and_which() -> None:
    read = sent(Letters(SHOP).write(sample(SHOP), "order_placed"))
    assert read["From"] == "Hanzo & Daughters <shop@hanzo.example>"
    assert read["Message-ID"] == "<01ABC.7.1767225600@hanzo.example>"
    assert parsedate_to_datetime(read["Date"]).timestamp() == 1_767_225_600
    assert read["Auto-Submitted"] == "auto-generated"


def test_a_shop_without_a_name_is_called_by_its_domain() -> None:
    nameless = Store(from_email="shop@hanzo.example")
    made = message(Letters(nameless).write(sample(nameless), "order_note", "note"), to="a@b.example", store=nameless,
                   ident="x", at=0)  # fmt: skip
    assert made["From"] == '"hanzo.example" <shop@hanzo.example>'


def test_names_notes_and_titles_break_out_of_nothing() -> None:
    """Header injection through what becomes a subject, markup through what becomes a page."""
    about = sample(SHOP)
    line = about.lines[0].model_copy(update={"title": EVIL, "variant_title": EVIL})
    refund = about.refunds[0].model_copy(update={"reason": EVIL})
    address = Address(first_name=EVIL, last_name=EVIL, line1=EVIL, city=EVIL, country="US")
    about = about.model_copy(
        update={
            "lines": (line, about.lines[1]), "refunds": (refund,), "shipping_address": address,
            "notes": (about.notes[0].model_copy(update={"body": EVIL}),),
        }
    )  # fmt: skip
    for mail in MAILS:
        letter = Letters(SHOP).write(about, mail, SUBJECTS[mail])
        read = sent(letter)
        assert read["Bcc"] is None
        assert "script" not in Tags(letter.html).names
        assert [part.get_content_type() for part in read.iter_parts()] == ["text/plain", "text/html"]


def test_a_subject_of_a_shops_own_template_is_one_line_whatever_is_in_it(tmp_path: Path) -> None:
    (tmp_path / "order_note.subject.txt").write_text("Hello {{ order.first_name }}\nBcc: thief@example.com\x00")
    about = sample(SHOP)
    evil = about.model_copy(update={"shipping_address": Address(first_name=EVIL, line1="x", city="y", country="US")})
    letter = Letters(SHOP, tmp_path).write(evil, "order_note", "note")
    assert letter.problem is None
    read = sent(letter)
    assert read["Bcc"] is None
    assert read["Subject"].endswith("Bcc: thief@example.com")


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "https://", "//example.com/x", "http://[bad"]
)
def test_what_is_no_web_page_becomes_no_link(url: str) -> None:
    about = sample(SHOP)
    sending = about.fulfillments[0]
    tracking = sending.tracking.model_copy(update={"url": url})
    about = about.model_copy(update={"fulfillments": (sending.model_copy(update={"tracking": tracking}),)})
    letter = Letters(SHOP).write(about, "order_shipped", "fulfilment")
    assert Tags(letter.html).links == ["mailto:shop@hanzo.example"]
    assert "1Z999AA10123456784" in letter.html


@pytest.mark.parametrize("name", ["Hanzo\r\nBcc: x@y.example", "", "a\x00b", "x" * 101])
def test_a_shops_name_that_is_none_stops_the_start(name: str) -> None:
    with pytest.raises(ValidationError, match="name"):
        Store(name=name)


@pytest.mark.parametrize("address", ["nobody", "Shop <shop@x.example>", "a@b\r\nBcc: c@d.example", "a b@x.example"])
def test_a_sender_that_is_no_address_stops_the_start(address: str) -> None:
    with pytest.raises(ValidationError, match="from_email"):
        Store(from_email=address)


def test_times_are_the_shops() -> None:
    text = Letters(SHOP).write(sample(SHOP), "return_approved", "return").text
    assert "16 March 2026, 10:30 CET" in text


def test_what_a_payment_holds_is_not_asked_for_again() -> None:
    """Money captured at fulfilment is neither taken nor owed when the receipt goes out."""
    told = {made: Letters(SHOP).write(story.order, "order_placed").text for made, story in
            {"placed": placed(), "held": held(), "paid": paid()}.items()}  # fmt: skip
    assert "Still to be paid: 59.98 USD" in told["placed"]
    assert "Still" not in told["held"] + told["paid"]


def test_a_cancelled_order_speaks_of_the_money_its_cancellation_gave_back() -> None:
    """An earlier refund is not it."""
    about = sample(SHOP).model_copy(update={"stage": "cancelled"})
    assert "returned to you" not in Letters(SHOP).write(about, "order_cancelled").text
    given = about.refunds[0].model_copy(update={"id": "r2", "origin": "cancel", "amount": 4088})
    both = about.model_copy(update={"refunds": (given, *about.refunds)})
    assert "40.88 USD will be returned to you" in Letters(SHOP).write(both, "order_cancelled").text


# --- a shop's own templates


def test_a_shops_own_file_stands_in_for_ours_and_the_rest_stays(tmp_path: Path) -> None:
    (tmp_path / "order_placed.txt").write_text("Grüezi {{ order.first_name }}, {{ order.total }}.")
    letter = Letters(SHOP, tmp_path).write(sample(SHOP), "order_placed")
    assert letter.text == "Grüezi Jane, 70.87 USD.\n"
    assert letter.html == Letters(SHOP).write(sample(SHOP), "order_placed").html
    assert letter.problem is None


def test_a_shops_own_file_is_escaped_and_may_build_on_ours(tmp_path: Path) -> None:
    (tmp_path / "order_note.html").write_text(
        '{% extends "ours/order_note.html" %}{% block content %}{{ super() }}<p>Your {{ shop.name }}</p>{% endblock %}'
    )
    page = Letters(SHOP, tmp_path).write(sample(SHOP), "order_note", "note").html
    assert "<p>Your Hanzo &amp; Daughters</p>" in page
    assert "&lt;yesterday&gt;" in page


def test_a_changed_file_is_used_without_a_restart(tmp_path: Path) -> None:
    own = tmp_path / "order_note.txt"
    own.write_text("one")
    letters = Letters(SHOP, tmp_path)
    assert letters.write(sample(SHOP), "order_note", "note").text == "one\n"
    own.write_text("two, and longer")
    import os

    os.utime(own, (1, 1))
    assert letters.write(sample(SHOP), "order_note", "note").text == "two, and longer\n"


BROKEN = {
    "a slip in its syntax": (b"{% if order %}", "order_placed.txt, line 1"),
    "a name that does not exist": (b"\n{{ order.totall }}", "order_placed.txt, line 2: UndefinedError"),
    "an unknown variable": (b"{{ customer }}", "'customer' is undefined"),
    "an unknown filter": (b"{{ order.total | dollars }}", "dollars"),
    "arithmetic on words": (b"{{ order.total / 2 }}", "TypeError"),
    "a division by zero": (b"{{ 1 / 0 }}", "ZeroDivisionError"),
    "bytes that are no text": (b"\xff\xfe", "UnicodeDecodeError"),
    "a file that is not there": (b'{% include "missing.txt" %}', "missing.txt"),
    "Python behind a value": (b"{{ order.__class__.__mro__ }}", "SecurityError"),
}


@pytest.mark.parametrize(("content", "told"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_template_of_the_shop_is_told_and_ours_is_sent(tmp_path: Path, content: bytes, told: str) -> None:
    (tmp_path / "order_placed.txt").write_bytes(content)
    letters = Letters(SHOP, tmp_path)
    with capture_logs() as logs:
        letter = letters.write(sample(SHOP), "order_placed")
    assert letter.text == Letters(SHOP).write(sample(SHOP), "order_placed").text
    assert letter.problem is not None
    assert told in letter.problem
    assert [(entry["log_level"], entry["mail"]) for entry in logs] == [("error", "order_placed")]
    assert letters.write(sample(SHOP), "order_note", "note").problem is None, "the others are not concerned"


def test_no_mail_is_called_so() -> None:
    with pytest.raises(NoSuchMail):
        Letters(SHOP).write(sample(SHOP), "../../etc/passwd")


def test_the_names_a_template_may_use_are_those_the_page_lists() -> None:
    """Other people's templates are written against them."""
    page = (ROOT / "docs/mails.md").read_text()
    given = fields(sample(SHOP), "fulfilment", SHOP)
    assert tuple(given) == NAMES
    named = set(re.findall(r"`(\w+)`", page))
    from mails import fields as module

    for kind in ("Shop", "Order", "Line", "Shipment", "Parcel", "Refund", "Back", "Note"):
        shape = getattr(module, kind if kind == "Parcel" else f"{kind}Fields")
        assert set(shape.__dataclass_fields__) <= named, kind
    assert set(NAMES) <= named


# --- the command line


def run(*arguments: str, own: Path | None = None, **environment: str) -> tuple[int, str]:
    given = environment | ({"ORDERMILL_MAIL_TEMPLATES": str(own)} if own else {})
    result = CliRunner().invoke(app, ["mails", *arguments], env=given)
    return result.exit_code, result.output


def test_a_shop_begins_with_our_templates_and_checks_its_own(tmp_path: Path) -> None:
    own = tmp_path / "mails"
    code, _ = run("begin", str(own))
    assert code == 0
    (own / "order_note.txt").write_text("mine")
    assert run("begin", str(own)) == (0, ""), "nothing is overwritten"
    assert (own / "order_note.txt").read_text() == "mine"
    assert run("check", own=own) == (0, "8 mails can be written; 24 of their files are the shop's own\n")
    (own / "order_note.txt").write_text("{{ nothing }}")
    (own / "order_plaecd.txt").write_text("a misspelt name")
    code, told = run("check", own=own)
    assert code == 1
    assert "'nothing' is undefined" in told
    assert "order_plaecd.txt: no mail uses" in told


def test_a_directory_that_is_none_stops_the_start(tmp_path: Path) -> None:
    code, told = run("check", own=tmp_path / "missing")
    assert code == 2
    assert told.startswith("ordermill: ORDERMILL_MAIL_TEMPLATES: ")


def test_a_mail_is_shown_as_a_customer_gets_it() -> None:
    assert run("show", "order_placed", "--part", "subject") == (0, "Your order #1042\n")
    assert "<!doctype html>" in run("show", "order_placed")[1]
    assert run("show", "nothing")[0] == 2
    assert run("show", "order_placed", "--part", "pdf")[0] == 2


def test_an_order_of_every_shape_is_written_about() -> None:
    """No address, no refund, no parcel: what a mail is about may be gone, or was never there."""
    bare: Order = order()
    for mail in MAILS:
        assert Letters(SHOP).write(bare, mail, "gone").problem is None

"""The message as it travels: headers, text and HTML (RFC 5322, 2046, 3834).

One row of the outbox is one mail, however often it is tried: Message-ID, Date and boundary follow from the row alone, so that a
receiver, or its server, sees that a repeat is a repeat.
"""

from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from hashlib import sha256

from email_validator import validate_email

from domain.policy import Store
from mails.fields import shop_name
from mails.letters import Letter, one_line


def message(letter: Letter, *, to: str, store: Store, ident: str, at: int) -> EmailMessage:
    """`ident`: the outbox row's own name; `at`: when it was written (epoch seconds). ValueError: nobody can be reached there."""
    made = EmailMessage()
    made["From"] = Address(display_name=one_line(shop_name(store)), addr_spec=store.from_email)
    made["To"] = Address(addr_spec=sendable(to))
    made["Subject"] = letter.subject
    made["Date"] = format_datetime(datetime.fromtimestamp(at, UTC))
    made["Message-ID"] = message_id(ident, store)
    made["Auto-Submitted"] = "auto-generated"  # RFC 3834: holiday notices do not answer it
    made.set_content(letter.text)
    made.add_alternative(letter.html, subtype="html")
    made.set_boundary(_boundary(ident, letter))
    return made


def _boundary(ident: str, letter: Letter) -> str:
    """The same for the same mail, and nothing a text could hold: it is made from that text."""
    return f"=_{sha256(f'{ident} {letter.text} {letter.html}'.encode()).hexdigest()[:32]}"


def message_id(ident: str, store: Store) -> str:
    """Of the sender's own domain, as RFC 5322 asks."""
    return f"<{ident}@{store.from_email.rpartition('@')[2]}>"


def sendable(address: str) -> str:
    """The address as SMTP takes it, an international domain as `xn--…`. ValueError for one that no mail can be sent to."""
    known = validate_email(address, check_deliverability=False, test_environment=True, allow_smtputf8=False)
    if known.ascii_email is None or "=?" in address:
        raise ValueError("an encoded word is no address")
    return known.ascii_email

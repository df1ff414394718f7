"""The post room on a real dev server: a mail whose server is away is tried again at once when somebody asks for it."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from temporalio import activity
from temporalio.client import Client
from temporalio.exceptions import ApplicationError
from temporalio.worker import Worker

from door.errands import Unsettled
from door.post import TemporalPost, Tried
from ordermill.launch.dev_server import running
from store.outgoing import outbox
from store.outgoing.outbox import Outgoing
from workflows.housekeeping import MailWorkflow
from workflows.messages import SEND_NOTIFICATION

QUEUE = "post"


class MailServer:
    """An activity that fails until it is told that the server is back."""

    def __init__(self) -> None:
        self.back = False
        self.hangs = False
        self.tries = 0

    @activity.defn(name=SEND_NOTIFICATION)
    async def send(self, outbox_id: int) -> str:
        self.tries += 1
        while self.hangs:
            await asyncio.sleep(0.05)
        if not self.back:
            raise ApplicationError("the mail server did not take it: ConnectError", type="MailFailed")
        return "sent"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with running(search_attributes=()) as server:
        yield server.address


@pytest_asyncio.fixture
async def client(address: str) -> AsyncIterator[Client]:
    yield await Client.connect(address)


def mail(number: int) -> Outgoing:
    return Outgoing(number, False, "mail", "order", None, {"template": "order_placed", "subject": None}, 1)


async def until(post: TemporalPost, row: Outgoing, **wanted: object) -> Tried:
    for _ in range(100):
        found = await post.tried(row)
        if all(getattr(found, name) == value for name, value in wanted.items()):
            return found
        await asyncio.sleep(0.1)
    raise AssertionError(f"{wanted} does not come")


async def test_a_mail_that_waits_for_its_next_try_is_sent_at_once(client: Client) -> None:
    server, post, row = MailServer(), TemporalPost(client, QUEUE), mail(1)
    async with Worker(client, task_queue=QUEUE, workflows=[MailWorkflow], activities=[server.send]):
        assert await post.tried(row) == Tried()
        await post.send_now(row)
        failed = await until(post, row, sending=False, failure="the mail server did not take it: ConnectError")
        assert failed.running
        assert failed.next_at is not None
        tries = server.tries
        server.back = True
        await post.send_now(row)
        await until(post, row, running=False)
        assert server.tries == tries + 1
        await post.send_now(row)
        assert server.tries == tries + 1, "what was sent is not sent again"


async def test_an_attempt_under_way_is_left_alone(client: Client) -> None:
    server, post, row = MailServer(), TemporalPost(client, QUEUE), mail(2)
    server.hangs = server.back = True
    async with Worker(client, task_queue=QUEUE, workflows=[MailWorkflow], activities=[server.send]):
        await post.send_now(row)
        await until(post, row, sending=True)
        await post.send_now(row)
        server.hangs = False
        assert await client.get_workflow_handle(outbox.workflow_id(row)).result() == "sent"
        assert server.tries == 1


async def test_while_temporal_is_away_it_says_so() -> None:
    away = await Client.connect("127.0.0.1:1", lazy=True)
    with pytest.raises(Unsettled, match="tried by itself") as told:
        await TemporalPost(away, QUEUE).tried(mail(3))
    assert told.value.accepted is False

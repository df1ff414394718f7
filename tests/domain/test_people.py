"""Waits, tasks, figures and search terms of orders, through random lives: nothing waits unseen, and no task is nobody's."""

from collections import Counter
from collections.abc import Sequence

import pytest

from domain import commands as c
from domain import ledger
from domain.agenda import agenda
from domain.lifecycle import RULES
from domain.order import Address, Tracking
from domain.policy import Policy
from domain.takings import FIGURES, takings
from domain.tasks import BY_WAIT, TASKS, tasks
from domain.terms import LONGEST, terms, wanted
from domain.waiting import WORDS, Wait, waiting
from domain.windows import is_over, next_deadline, waiting_on, waits_for, windows
from tests.book.walk import Walk
from tests.domain.orders import PROVIDER, T0, Story, confirmed, delivered, held, line, paid, placed, shipped

MANUAL = Policy(capture="manual")


class Watched(Walk):
    """A random life in which, after every command, every wait is told to somebody."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.words: Counter[str] = Counter()
        self.kinds: Counter[str] = Counter()

    def compare(self) -> None:
        super().compare()
        order, found = self.order, waiting(self.order)
        self.words.update(wait.word for wait in found)
        self.kinds.update(task.kind for task in tasks(order))
        assert found or is_over(order), "an order that is not over waits for nothing"
        assert bool(found) >= bool(waits_for(order)), f"the card says {waits_for(order)}, `waiting` says nothing"
        assert waiting_on(order) == "nothing" or found
        told = {(wait.word, wait.ref or "") for wait in found}
        for wait in found:
            assert wait.by, f"{wait.word} is in nobody's hands"
            assert set(wait.by) <= set(RULES), f"{wait.word} is ended by a verb there is none of"
            assert wait.since <= order.updated_at
        for word, ref in told:
            if (kind := BY_WAIT[word]) is not None and not _by_itself(found, word):
                assert (kind, ref) in {(task.kind, task.ref) for task in tasks(order)}, f"{word} is nobody's task"
        deadline = next_deadline(order)
        if deadline is not None:
            assert deadline[0].at in {wait.until for wait in found} | {w.at for w in windows(order) if not w.moved}
            assert deadline[0].at in {coming.at for coming in agenda(order)}
        figures: Counter[str] = Counter()
        for (figure, _), amount in takings(order).items():
            figures[figure] += amount
        assert figures["captured"] == ledger.captured(order)
        assert figures["refunded"] == ledger.refunded(order)
        assert figures["orders"] == 1


def _by_itself(found: Sequence[Wait], word: str) -> bool:
    return any(wait.word == word and wait.until is not None for wait in found)


def test_whatever_an_order_waits_for_is_seen_and_where_a_person_must_act_it_is_a_task() -> None:
    words: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    for seed in range(400):
        life = Watched(seed)
        try:
            life.live()
        except AssertionError as error:
            pytest.fail(f"seed {seed}: {error}\n" + "\n".join(life.told[-4:]))
        words += life.words
        kinds += life.kinds
    assert set(WORDS) - {"confirmation"} <= set(words), "no life ever waits for this"
    assert set(TASKS) <= set(kinds), "no life ever makes this task"


def test_every_wait_says_whether_it_is_somebodys_task() -> None:
    assert set(BY_WAIT) == set(WORDS)
    assert {kind for kind in BY_WAIT.values() if kind} <= set(TASKS)


@pytest.mark.parametrize(
    ("story", "words", "kinds"),
    [
        (placed(), ["confirmation"], []),
        (confirmed(), ["payment", "fulfillment"], []),
        (held(policy=MANUAL), ["capture", "fulfillment"], ["authorization_expiring"]),
        (paid(), ["fulfillment"], []),
        (shipped(), ["delivery"], []),
        (delivered(), ["closing"], []),
    ],
)
def test_the_usual_way_of_an_order(story: Story, words: list[str], kinds: list[str]) -> None:
    assert [wait.word for wait in waiting(story.order)] == words
    assert [task.kind for task in tasks(story.order)] == kinds


def test_a_declined_payment_is_a_task_until_the_next_one_works() -> None:
    story = confirmed().do(c.Pay(payment_method="pm_x"), outcomes=[{"status": "declined", "code": "no", "state": None}])
    (task,) = tasks(story.order)
    assert (task.kind, task.amount, task.due) == (
        "payment_failed",
        story.order.total,
        story.order.payment_window_ends_at,
    )
    assert tasks(story.do(c.Pay(payment_method="pm_card_visa", capture=True)).order) == []


def test_a_dispute_says_how_much_and_nobody_at_the_shop_can_end_it() -> None:
    story = paid()
    ref = story.order.payments[0].ref or ""
    story.do(c.DisputeFact(payment_ref=ref, ref="dp_1", status="opened", amount=500), by=PROVIDER)
    (task,) = [task for task in tasks(story.order) if task.kind == "dispute"]
    assert (task.ref, task.amount, task.by) == ("dp_1", 500, ("dispute_fact",))


def test_the_agenda_says_what_a_window_will_do_and_with_which_money() -> None:
    (part,) = agenda(confirmed().do(c.Pay(payment_method="pm_card_visa", amount=100, capture=True)).order)
    assert (part.name, part.money) == ("payment_window", (("refund", 100),))
    (hold,) = agenda(held(policy=MANUAL).order)
    assert (hold.name, hold.money) == ("authorization", (("void", 5998),))
    (taken,) = agenda(held(policy=MANUAL.model_copy(update={"on_authorization_expiry": "capture"})).order)
    assert taken.money == (("capture", 5998),)
    (end,) = agenda(delivered().order)
    assert (end.name, end.money, end.then) == ("return_window", (), "the order closes")


def test_the_figures_of_an_order_are_those_of_its_moments() -> None:
    story = paid().later(hours=1).do(c.Refund(amount=100))
    now = int(T0.timestamp()) // 900
    assert takings(story.order) == {
        ("orders", now): 1, ("units", now): 2, ("captured", now): 5998, ("refunded", now + 4): 100,
    }  # fmt: skip
    assert {figure for figure, _ in takings(story.order)} == set(FIGURES)


def test_an_order_is_found_by_everything_an_operator_remembers() -> None:
    place = Address(
        line1="1 Main St", city="Portland", country="US", first_name="Ada Augusta", last_name="Lovelace",
        company="Analytical Engines", phone="+1 (555) 010-0",
    )  # fmt: skip
    story = paid(line(sku="TS-Black"), email="Ada@Shop.test", shipping_address=place, customer_id="cust_9")
    story.do(c.Fulfill(tracking=Tracking(number="1Z 999")))
    found = terms(story.order)
    ref = story.order.payments[0].ref or ""
    typed = ("#1001", "1001", story.order.id, f"order_{story.order.id}", "ada@SHOP", "cust_9", "ada  augusta lovelace",
             "LOVELACE", "augusta", "engines", "15550", "+1 555 0100", "ts-bl", "1z 99", ref)  # fmt: skip
    for text in typed:
        assert any(term.startswith(wanted(text)) for term in found), text
    assert not any(term.startswith(wanted("babbage")) for term in found)
    assert len(found) == len(set(found))


def test_a_term_is_never_longer_than_the_index_takes() -> None:
    story = paid(line(sku="x" * 5000))
    assert max(map(len, terms(story.order))) == LONGEST

"""Acts whose answer does not come in time: what is said, and that the same form sent again finishes it once."""

from door.errands import Unsettled
from tests.api.client import Api
from tests.console.browse import browser, text


async def test_what_is_accepted_and_not_settled_is_said_so_and_the_same_form_finishes_it(api: Api) -> None:
    order = await api.paid()
    number = order["displayId"][1:]
    path = f"/console/orders/{number}/refund"
    async with browser(api, "agent") as one:
        sent = (await one.form(f"{path}?amount=5.00")).fields | {"step": "do"}
        api.door.settle_in_time = False
        waits = await one.post(path, sent)
        assert waits.status_code == 303
        assert "pending=1" in waits.headers["location"]
        assert "accepted and not settled yet" in text(await one.see(waits.headers["location"]))
        api.door.settle_in_time = True
        for _ in range(2):
            done = await one.post(path, sent)
            assert (done.status_code, done.headers["location"]) == (303, f"/console/orders/{number}?version=3")
    assert (await api.ok("GET", f"/order/{order['id']}"))["refundedTotal"] == 500


async def test_what_surely_did_not_happen_may_be_sent_again_with_the_same_form(api: Api) -> None:
    order = await api.paid()
    number = order["displayId"][1:]
    path = f"/console/orders/{number}/refund"
    async with browser(api, "agent") as one:
        sent = (await one.form(f"{path}?amount=5.00")).fields | {"step": "do"}
        api.door.fails = RuntimeError("Temporal is away")
        away = await one.post(path, sent)
        assert away.status_code == 503
        assert "nothing was done" in text(away.text)
        api.door.fails = None
        assert (await one.post(path, sent)).status_code == 303
    assert (await api.ok("GET", f"/order/{order['id']}"))["refundedTotal"] == 500


async def test_a_command_whose_fate_nobody_knows_is_told_as_that(api: Api) -> None:
    order = await api.paid()
    path = f"/console/orders/{order['displayId'][1:]}/refund"

    async def lost(*args: object) -> None:
        raise Unsettled("no answer", accepted=None)

    async with browser(api, "agent") as one:
        sent = (await one.form(f"{path}?amount=5.00")).fields | {"step": "do"}
        send = api.door.send
        api.door.send = lost  # type: ignore[assignment, method-assign]
        assert (await one.post(path, sent)).status_code == 504
        api.door.send = send  # type: ignore[method-assign]
        assert (await one.post(path, sent)).status_code == 303
    assert (await api.ok("GET", f"/order/{order['id']}"))["refundedTotal"] == 500

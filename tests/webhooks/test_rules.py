import itertools

import pytest

from domain.targets import Private, Refused, target
from domain.webhooks import JITTER, LADDER_SECONDS, due_at, judge, position, wants


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_any_2xx_is_delivered(status: int) -> None:
    assert judge(status, 9).outcome == "delivered"


@pytest.mark.parametrize("status", [None, 301, 302, 307, 400, 404, 429, 500, 503])
def test_everything_else_climbs_the_ladder_and_is_then_given_up(status: int | None) -> None:
    waits = [judge(status, failures) for failures in range(10)]
    assert [w.wait_seconds for w in waits[:9]] == [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]
    assert [w.outcome for w in waits] == ["again"] * 9 + ["failed"]


def test_jitter_only_adds() -> None:
    for failures, share in itertools.product(range(9), (0.0, 0.5, 0.999)):
        step = LADDER_SECONDS[failures]
        assert step <= judge(500, failures, None, share).wait_seconds <= round(step * (1 + JITTER))


def test_retries_meet_and_are_never_early() -> None:
    for wait in LADDER_SECONDS:
        times = {due_at(1_800_000_000 + n, wait) for n in range(max(1, wait // 20))}
        assert len(times) <= 2
        for now in (1_800_000_000, 1_800_000_123):
            assert wait <= due_at(now, wait) - now <= wait * 1.05 + 1


def test_410_is_gone_and_retry_after_only_makes_a_wait_longer() -> None:
    assert judge(410, 0).outcome == "gone"
    assert judge(503, 0, 120).wait_seconds == 120
    assert judge(503, 3, 120).wait_seconds == 7200
    assert judge(503, 0, 10**9).wait_seconds == 86_400


def test_filters_and_positions() -> None:
    assert wants(["*"], "order.paid")
    assert wants(["order.paid"], "order.paid")
    assert not wants(["order.paid"], "order.created")
    assert position(1, 99) < position(2, 0)


PRIVATE = [
    "http://127.0.0.1/", "http://127.8.9.1/", "http://10.0.0.1/", "http://172.16.3.4/", "http://192.168.1.1/",
    "http://169.254.169.254/latest/meta-data", "http://0.0.0.0/", "http://224.0.0.1/", "http://240.0.0.1/",
    "http://255.255.255.255/", "http://100.64.0.1/", "http://192.0.2.1/", "http://198.18.0.1/", "http://[::1]/",
    "http://[::]/", "http://[fe80::1]/", "http://[fc00::1]/", "http://[fec0::1]/", "http://[ff02::1]/",
    "http://[::ffff:127.0.0.1]/", "http://[::ffff:10.0.0.1]/", "http://[::127.0.0.1]/", "http://[64:ff9b::7f00:1]/",
    "http://[2002:7f00:1::]/", "http://[2001:0:7f00:1::]/", "http://[2001:db8::1]/", "http://[fe80::1%25eth0]/",
    "http://localhost/", "http://LOCALHOST./", "http://a.localhost/", "http://db.internal/", "http://printer.local/",
]  # fmt: skip
NO_URL = [
    "", "ftp://example.com/", "file:///etc/passwd", "gopher://example.com", "example.com/hook", "http://",
    "http://user:pw@example.com/", "http://user@example.com/", "http://example.com:0/", "http://example.com:99999/",
    "http://exa mple.com/", "http://127.1/", "http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/",
    "http://example.com\\@127.0.0.1/", "http://ex\tample.com/", "http://exämple.com/", "http://[::1/",
    "https://example.com/" + "x" * 2048,
]  # fmt: skip


@pytest.mark.parametrize("url", PRIVATE)
def test_private_targets_are_refused_unless_allowed(url: str) -> None:
    with pytest.raises(Refused):
        target(url, allow_private=False)
    target(url, allow_private=True)


LOOPBACK = [
    "http://127.0.0.1/", "http://127.8.9.1/", "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://localhost/",
    "http://LOCALHOST./", "http://a.localhost/",
]  # fmt: skip
"""Of this machine; the rest of PRIVATE is not, or only in a spelling that leads elsewhere."""


@pytest.mark.parametrize("url", PRIVATE)
def test_loopback_allows_this_machine_and_no_other_private_address(url: str) -> None:
    if url in LOOPBACK:
        target(url, allow_private="loopback")
        return
    with pytest.raises(Refused, match="ORDERMILL_WEBHOOKS_ALLOW_PRIVATE=true"):
        target(url, allow_private="loopback")


@pytest.mark.parametrize("url", LOOPBACK)
def test_the_refusal_of_this_machine_names_the_variable_that_allows_it(url: str) -> None:
    with pytest.raises(Refused, match="ORDERMILL_WEBHOOKS_ALLOW_PRIVATE=loopback"):
        target(url, allow_private=False)


@pytest.mark.parametrize("url", NO_URL)
def test_what_is_no_url_is_refused_always(url: str) -> None:
    levels: list[Private] = [False, True, "loopback"]
    for allow_private in levels:
        with pytest.raises(Refused):
            target(url, allow_private=allow_private)


@pytest.mark.parametrize(
    "url", ["https://example.com/hook?a=b", "http://example.com:8080", "https://8.8.8.8/", "https://[2606:4700::1]/"]
)
def test_public_targets_pass(url: str) -> None:
    assert target(url, allow_private=False).url == url

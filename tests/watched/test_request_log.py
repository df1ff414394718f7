"""One line per request, with the ids that lead from an answer to it, and nothing that a caller typed."""

from tests.watched.conftest import NAME, Watched


def test_every_request_is_one_line(watched: Watched) -> None:
    ids = [line["request_id"] for line in watched.requests()]
    for name, answer in watched.answers.items():
        assert ids.count(answer.headers["X-Request-Id"]) == 1, name


def test_the_line_of_any_failed_request_is_found_by_its_id(watched: Watched) -> None:
    lines = {line["request_id"]: line for line in watched.requests()}
    failed = {name: answer for name, answer in watched.answers.items() if answer.status_code >= 400}
    assert {answer.status_code for answer in failed.values()} >= {400, 401, 402, 404, 409}
    for name, answer in failed.items():
        assert lines[answer.headers["X-Request-Id"]]["status"] == answer.status_code, name
    assert lines["trouble-4711"]["status"] == 404


def test_a_line_says_who_did_what_to_which_order(watched: Watched) -> None:
    lines = {line["request_id"]: line for line in watched.requests()}

    def line(name: str) -> dict[str, object]:
        return lines[watched.answers[name].headers["X-Request-Id"]]

    paid = line("paid")
    assert (paid["method"], paid["route"], paid["status"], paid["order_id"]) == (
        "POST", "/order", 201, watched.order_id,
    )  # fmt: skip
    assert str(paid["key_id"]).startswith("01")
    assert 0 < float(str(paid["duration_ms"])) < 30_000
    assert line("repeated")["order_id"] == watched.order_id, "an answer from memory names its order too"
    assert (line("sent")["route"], line("sent")["order_id"]) == ("/order/{id}/fulfill", watched.order_id)
    assert line("listed")["route"] == "/order"
    assert "order_id" not in line("listed")
    assert (line("no route")["route"], line("no key").get("key_id")) == ("(none)", None)
    health = [entry for entry in watched.requests() if entry["route"] == "/health/ready"]
    assert health, "plain routes have their template too"


def test_the_line_and_the_trace_find_each_other(watched: Watched) -> None:
    from tests.watched.conftest import TRACE

    lines = {line["request_id"]: line for line in watched.requests()}
    assert lines[watched.answers["paid"].headers["X-Request-Id"]]["trace_id"] == TRACE


def test_no_log_holds_what_a_caller_typed(watched: Watched) -> None:
    for process in ("api", "worker"):
        text = (watched.engine.folder / f"{process}.log").read_text()
        for typed in (NAME, "jane@example.com", "token=abc", "order_nobody", watched.engine.key, "1 Oak"):
            assert typed not in text, (process, typed)

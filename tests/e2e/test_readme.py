"""What the README claims is run: its curl lines, as they stand, against the engine."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.faults.engine import ROOT, Engine

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


def block(heading: str) -> str:
    """The first shell block under a heading of the README."""
    section = (ROOT / "README.md").read_text().partition(f"## {heading}\n")[2]
    found = re.search(r"```sh\n(.*?)```", section, re.DOTALL)
    assert found is not None
    return found.group(1)


def test_the_ten_lines_of_curl_take_an_order_to_its_return(engine: Engine, tmp_path: Path) -> None:
    state = tmp_path / ".ordermill"
    state.mkdir()
    (state / "dev-api-key").write_text(engine.key)
    script = block("One order in ten lines of curl").replace("http://127.0.0.1:8000", engine.url)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    order = json.loads(done.stdout[done.stdout.rindex('{"id":"order_') :])
    assert (order["status"], order["total"], order["taxTotal"]) == ("delivered", 5638, 540)
    assert [r["status"] for r in order["returns"]] == ["requested"]
    assert order["events"][-1]["type"] == "order.return_requested"


def test_the_exchange_and_the_claim_of_the_docs_run_as_printed(engine: Engine, tmp_path: Path) -> None:
    state = tmp_path / ".ordermill"
    state.mkdir()
    (state / "dev-api-key").write_text(engine.key)
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "docs" / "returns.md").read_text(), re.DOTALL)
    show = 'curl -fsS "$API/order/$ID" -H "Authorization: Bearer $KEY"'
    script = "\n".join([*blocks, "echo", show]).replace("http://127.0.0.1:8000", engine.url)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    order = json.loads(done.stdout[done.stdout.rindex('{"id":"order_') :])
    assert [one["status"] for one in order["exchanges"]] == ["completed"]
    assert [one["resolution"] for one in order["claims"]] == ["replace"]
    assert [item["fulfilledQuantity"] for item in order["items"]] == [2, 1, 1]
    assert order["amountDue"] == 0


def test_every_make_target_the_readme_names_exists() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"^make (\w+)", block("Start"), re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_every_link_of_the_docs_leads_somewhere() -> None:
    for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), ROOT / "clients" / "README.md"]:
        for target in re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"

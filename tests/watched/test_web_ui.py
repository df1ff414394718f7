"""Temporal's own web UI, in a real browser, reads an encrypted history through the codec server once somebody has signed in."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
import pytest

from ordermill.launch.ports import free_ports
from tests.ordermill.processes import script, until
from tests.plain_http import NO_CERTIFICATES
from tests.watched.conftest import ITEMS, KEYS

if TYPE_CHECKING:
    from playwright.async_api import Page

CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
TOKEN = "an-operators-own-token"
BROWSER_SETTING = """codec => {
    localStorage.setItem('endpoint', JSON.stringify(codec));
    localStorage.setItem('includeCredentials', 'true');
    localStorage.setItem('overrideRemoteCodecConfiguration', 'true');
}"""
"""What the web UI's codec settings keep: the browser's own endpoint, with cross-origin credentials."""
UP = "from ordermill.cli import app; app(['up'])"
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not here: nobody looks at the web UI")


@pytest.fixture
def up(tmp_path: Path) -> Iterator[tuple[str, str, str]]:
    """`ordermill up` with keys and a token: (web UI, codec server, workflow id of a paid order)."""
    api, temporal, ui, codec = free_ports(4)
    environment = {
        "ORDERMILL_DATA_DIR": str(tmp_path / "state"), "ORDERMILL_API_PORT": str(api),
        "ORDERMILL_TEMPORAL_PORT": str(temporal), "ORDERMILL_TEMPORAL_UI_PORT": str(ui),
        "ORDERMILL_CODEC_PORT": str(codec), "ORDERMILL_PAYLOAD_KEYS": KEYS, "ORDERMILL_CODEC_TOKEN": TOKEN,
    }  # fmt: skip
    with script(UP, output=tmp_path / "log", **environment):
        until(lambda: "Ordermill is ready" in (tmp_path / "log").read_text(), "up", timeout_seconds=90)
        key = (tmp_path / "state/dev-api-key").read_text().strip()
        with httpx2.Client(trust_env=False, verify=NO_CERTIFICATES, timeout=40) as http:
            body = {"items": ITEMS, "payment": {"paymentMethod": "pm_card_visa"}}
            made = http.post(f"http://127.0.0.1:{api}/order", json=body, headers={"Authorization": f"Bearer {key}"})
        order = str(made.json()["id"]).removeprefix("order_")
        yield f"http://127.0.0.1:{ui}", f"http://127.0.0.1:{codec}", f"order-{order}"


async def shows(page: "Page", text: str) -> bool:
    """Whether any of its frames comes to show it: Markdown has one of its own."""
    for _ in range(80):
        for frame in page.frames:
            if text in await frame.content():
                return True
        await page.wait_for_timeout(250)
    return False


@pytest.mark.slow
@pytest.mark.timeout(300)  # a browser beside an engine
async def test_the_web_ui_reads_an_encrypted_history_for_who_signed_in(
    up: tuple[str, str, str], tmp_path: Path
) -> None:
    from playwright.async_api import async_playwright

    ui, codec, workflow = up
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = await browser.new_page(viewport={"width": 1400, "height": 1100})
        page.set_default_timeout(30_000)
        history = f"{ui}/namespaces/default/workflows/{workflow}"
        await page.goto(history)
        await page.get_by_test_id("data-encoder-status-error").first.wait_for(state="attached")
        await page.get_by_text("authorize payment").first.wait_for(
            state="attached"
        )  # names of activities are no payloads
        await page.goto(f"{codec}/")
        await page.get_by_label("Token").fill(TOKEN)
        await page.get_by_role("button", name="Sign in").click()
        await page.get_by_text("You are signed in").wait_for()
        await page.goto(ui)
        await page.evaluate(BROWSER_SETTING, codec)
        await page.goto(history)
        await page.get_by_text(f'"{workflow.removeprefix("order-")}"').first.wait_for(
            state="attached"
        )  # the workflow's input
        assert await page.get_by_test_id("data-encoder-status-error").count() == 0
        await page.get_by_text("User Metadata", exact=True).first.click()
        assert await shows(page, "Premium T-Shirt"), "what was ordered"
        await browser.close()

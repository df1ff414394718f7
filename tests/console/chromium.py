"""A real browser at the console: Debian's chromium, one process per session, driven by playwright; the app on a loopback port.

Where chromium is not installed the tests say so and are skipped; `.ci/run` installs it where it can.
"""

import asyncio
import contextlib
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import pytest
import uvicorn
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from ordermill.launch.ports import free_ports
from store.access import sessions, staff
from store.access.staff import Role
from tests.api.client import Api

CHROMIUM: Final = shutil.which("chromium")
FLAGS: Final = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--hide-scrollbars",
)  # fmt: skip
WIDE: Final = {"width": 1280, "height": 900}
PHONE: Final = {"width": 390, "height": 844}
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed (Debian: apt install chromium)")


@contextlib.contextmanager
def chromium() -> Iterator[str]:
    """The address by which playwright reaches one running chromium."""
    assert CHROMIUM is not None
    (port,) = free_ports(1)
    with tempfile.TemporaryDirectory(prefix="ordermill-chromium-", ignore_cleanup_errors=True) as profile:
        command = [CHROMIUM, *FLAGS, f"--remote-debugging-port={port}", f"--user-data-dir={profile}", "about:blank"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            address = f"http://127.0.0.1:{port}"
            _wait(address, process)
            yield address
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(address: str, process: "subprocess.Popen[bytes]") -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), opener.open(f"{address}/json/version", timeout=2):
            return
        time.sleep(0.05)
    raise RuntimeError("chromium did not start")


@asynccontextmanager
async def served(api: Api) -> AsyncIterator[str]:
    """The app on a port of its own; its address. Its lifespan is the caller's already."""
    server = uvicorn.Server(uvicorn.Config(api.app, lifespan="off", log_config=None, timeout_graceful_shutdown=1))
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        running = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            while not server.started:
                await asyncio.sleep(0.01)
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            await running


@dataclass
class Desk:
    """People's browsers on one running console."""

    api: Api
    base: str
    browser: Browser

    async def context(self, *, phone: bool = False, dark: bool = False, scripts: bool = True) -> BrowserContext:
        return await self.browser.new_context(
            base_url=self.base,
            viewport=PHONE if phone else WIDE,  # type: ignore[arg-type]
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripts,
            locale="en-GB",
        )

    async def sit(self, role: Role = "owner", email: str | None = None, **look: bool) -> Page:
        """Somebody of this role, signed in by a one-time link."""
        page = await (await self.context(**look)).new_page()
        address, now = email or f"{role}@example.com", int(time.time())
        person = await staff.find(self.api.db, address) or await staff.add(self.api.db, address, role, now)
        await page.goto(f"/console/sign-in/{await sessions.link(self.api.db, person.id, now)}")
        return page


@asynccontextmanager
async def desk(api: Api, address: str) -> AsyncIterator[Desk]:
    async with served(api) as base, async_playwright() as driver:
        browser = await driver.chromium.connect_over_cdp(address)
        one = Desk(api, base, browser)
        try:
            yield one
        finally:
            for context in browser.contexts[1:]:
                await context.close()
            await browser.close()

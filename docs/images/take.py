"""Takes the pictures of Temporal's web UI that README.md and docs/operations.md show, from an engine that runs:

    make up                                              # in another terminal
    .venv/bin/python -m ordermill story --until 12       # prints the workflow's id; a few other orders make the list worth seeing
    .venv/bin/python docs/images/take.py order-<id>

Needs Debian's chromium. ORDERMILL_UI is the web UI's address where it is not the usual one.
"""

import json
import os
import sys
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import Page, sync_playwright

UI = os.environ.get("ORDERMILL_UI", "http://127.0.0.1:8233")
FOLDER = Path(__file__).parent
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
OPEN = quote('`WorkflowType`="Order" AND `WaitsFor`!="nothing"')
COLUMNS = ["Status", "Workflow ID", "OrderNumber", "OrderStatus", "PaymentStatus", "WaitsFor", "NextDeadline"]
SETTLED_MILLISECONDS = 3000


def main(workflow: str) -> None:
    """Four pictures, over those that are here."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=QUIET)
        page = browser.new_page(viewport={"width": 1680, "height": 900})
        columns = json.dumps({"default": [{"label": label} for label in COLUMNS]})
        page.add_init_script(f"localStorage.setItem('namespace-workflow-table-columns', {json.dumps(columns)})")
        link = f'a[href*="{workflow}/"]'
        shoot(page, "orders-list", f"/namespaces/default/workflows?query={OPEN}", link)
        run = (page.get_attribute(link, "href") or "").rpartition("/")[0]
        shoot(page, "order-history", f"{run}/history", "text=deliver >> visible=true")
        shoot(page, "order-timeline", f"{run}/timeline", "text=deliver >> visible=true")
        shoot(page, "order-card", f"{run}/user-metadata", "text=Current Details >> visible=true")
        browser.close()


def shoot(page: Page, name: str, path: str, awaited: str) -> None:
    """One page, once what is awaited stands there and the rest has had time to come."""
    page.goto(UI + path, wait_until="load")
    page.wait_for_selector(awaited, timeout=60_000)
    page.wait_for_timeout(SETTLED_MILLISECONDS)
    page.screenshot(path=FOLDER / f"{name}.png")


if __name__ == "__main__":
    main(sys.argv[1])

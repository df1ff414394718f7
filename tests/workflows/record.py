"""Makes the stored histories: `python -m tests.workflows.record [NAME …]`, all scenarios unless some are named.

A history is what running orders of a release look like, so each release keeps its own. A replay that fails is first of all an
order in production that would stop. Where that is meant, raise CURRENT_SHAPE (workflows/card.py): starting the engine then gives
every older run a fresh one, and the older releases' histories go.
"""

import asyncio
import json
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from ordermill import __version__
from ordermill.launch.dev_server import running
from store.database import migrate
from tests.workflows.scenarios import SCENARIOS, UPDATES_PER_RUN
from tests.workflows.shop import SEARCH_ATTRIBUTES, Shop, opened
from workflows import order as order_module

HISTORIES: Final = Path(__file__).with_name("histories")
RELEASE: Final = HISTORIES / __version__


@contextmanager
def threshold(scenario: str) -> Iterator[None]:
    """The run length this scenario lives under."""
    usual = order_module.UPDATES_PER_RUN
    order_module.UPDATES_PER_RUN = UPDATES_PER_RUN.get(scenario, usual)
    try:
        yield
    finally:
        order_module.UPDATES_PER_RUN = usual


def scrubbed(value: Any) -> Any:
    """Without the machine's name, which every event carries, and its paths, which stack traces do."""
    if isinstance(value, dict):
        told = {key: item for key, item in value.items() if key != "stackTrace"}
        return {key: "recorder" if key == "identity" else scrubbed(item) for key, item in told.items()}
    return [scrubbed(item) for item in value] if isinstance(value, list) else value


async def record(name: str, shop: Shop) -> list[Path]:
    """Drive one scenario and keep every run of its order."""
    with threshold(name):
        order = await SCENARIOS[name](shop)
        await asyncio.gather(shop.result(order), return_exceptions=True)
    workflow = shop.handle(order).id
    runs = [w async for w in shop.client.list_workflows(f"WorkflowId = '{workflow}'")]
    written = []
    for n, run in enumerate(sorted(runs, key=lambda w: w.start_time), 1):
        history = json.loads((await shop.history(order, run.run_id)).to_json())
        path = RELEASE / (f"{name}.json" if len(runs) == 1 else f"{name}.{n}.json")
        path.write_text(json.dumps(scrubbed(history), separators=(",", ":"), ensure_ascii=False) + "\n")
        written.append(path)
    return written


async def main(names: list[str]) -> None:
    RELEASE.mkdir(parents=True, exist_ok=True)
    with running(search_attributes=SEARCH_ATTRIBUTES) as server:
        for name in names:
            with tempfile.TemporaryDirectory() as directory:
                url = f"sqlite+aiosqlite:///{directory}/ordermill.sqlite"
                await asyncio.to_thread(migrate.upgrade, url)
                for old in RELEASE.glob(f"{name}*.json"):
                    if re.fullmatch(rf"{name}(\.\d+)?\.json", old.name):
                        old.unlink()
                async with opened(server.address, url, Path(directory)) as shop:
                    for path in await record(name, shop):
                        sys.stdout.write(f"{path.name}: {path.stat().st_size} bytes\n")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:] or list(SCENARIOS)))

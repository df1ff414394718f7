"""The ban on clocks, randomness and I/O in domain/ and workflows/ really bites, and only there."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
IMPURE = {
    "now": "from datetime import datetime, timezone\nx = datetime.now(timezone.utc)\n",
    "today": "from datetime import date\nx = date.today()\n",
    "time": "import time\nx = time.time()\n",
    "monotonic": "from time import monotonic\nx = monotonic()\n",
    "random": "import random\nx = random.random()\n",
    "uuid4": "from uuid import uuid4\nx = uuid4()\n",
    "environ": "import os\nx = os.environ['X']\n",
    "files": "from pathlib import Path\nx = Path('x').read_text()\n",
    "open": "x = open('x')\n",
    "network": "import httpx2\nx = httpx2.get('y')\n",
    "sql": "import sqlalchemy\nx = sqlalchemy.text('y')\n",
}


def banned(source: str, name: str) -> bool:
    """Whether ruff, with our configuration, refuses the source as if it were that file."""
    done = subprocess.run(
        [
            Path(sys.executable).parent / "ruff",
            "check",
            "--no-cache",
            "--output-format=concise",
            "--stdin-filename",
            name,
            "-",
        ],
        cwd=ROOT,
        input=source,
        capture_output=True,
        text=True,
        check=False,
    )
    return "TID251" in done.stdout or "PTH123" in done.stdout  # the latter: the builtin open, refused everywhere


@pytest.mark.parametrize("name", ["domain/order.py", "workflows/order.py", "workflows/sub/order.py"])
@pytest.mark.parametrize("source", IMPURE.values(), ids=IMPURE.keys())
def test_what_differs_between_two_runs_is_refused(source: str, name: str) -> None:
    assert banned(source, name)


@pytest.mark.parametrize(
    "name", ["activities/payments.py", "store/order/orders.py", "tests/domain/test_order.py", "worker.py"]
)
def test_what_performs_may_read_the_clock(name: str) -> None:
    assert not banned(IMPURE["now"], name)


def test_arithmetic_on_times_that_were_passed_in_is_welcome() -> None:
    source = "from datetime import datetime, timedelta\ndef later(now: datetime) -> datetime:\n    return now + timedelta(1)\n"
    assert not banned(source, "domain/policy.py")

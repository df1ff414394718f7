"""Other source trees than ours: a copy with a change in it, which is a deploy, and the tree of an earlier commit.

The copy holds what runs and nothing else. A change that no longer fits the text it changes stops the test: a deploy that
changes nothing would prove nothing.
"""

import io
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

from tests.faults.engine import ROOT

NOT_NEEDED = {"tests", "docs", "benchmarks", "clients", "deploy"}
PLACING = Path("domain/verbs/placing.py")
BEGINNING = Path("workflows/order.py")
BEGINS = re.compile(r'(?m)^    async def _begin\(self\).*\n        """.*"""\n')
SHAPE = Path("workflows/card.py")
CONFIRMED = re.compile(r'rev\.change\(\s*stage="confirmed",')


def copied(to: Path) -> Path:
    """A copy of the tree that is tested."""
    skip = shutil.ignore_patterns("__pycache__", ".*", "*.whl")
    for entry in sorted(ROOT.iterdir()):
        if entry.name.startswith(".") or entry.name in NOT_NEEDED:
            continue
        if entry.is_dir():
            shutil.copytree(entry, to / entry.name, ignore=skip)
        elif entry.suffix in (".py", ".yaml", ".toml"):
            shutil.copy(entry, to / entry.name)
    return to


def changed(to: Path, file: Path, pattern: str | re.Pattern[str], replacement: str) -> Path:
    """A copy in which this text of one file is another."""
    copied(to)
    before = (to / file).read_text()
    after, count = re.subn(pattern, replacement, before)
    assert count == 1, f"{file} has {count} places like {pattern}: this deploy has nothing to change"
    (to / file).write_text(after)
    return to


def confirming_sets_shipping(to: Path) -> Path:
    """A deploy after which confirming an order also charges one minor unit for shipping."""
    return changed(to, PLACING, CONFIRMED, 'rev.change(stage="confirmed", shipping_total=1,')


def confirming_needs_a_phone(to: Path) -> Path:
    """A deploy with a new rule: only an order whose address has a phone is confirmed."""
    rule = (
        "    if rev.order.shipping_address is None or not rev.order.shipping_address.phone:\n"
        '        raise refuse(InvalidTransition, rev.order, "an order is confirmed by phone", "order.created")\n'
    )
    return changed(
        to, PLACING, r"(?m)^    rev\.change\(\s*stage=\"confirmed\",", rule + '    rev.change(stage="confirmed",'
    )


def has(commit: str) -> bool:
    """Whether this repository knows the commit; a shallow clone may not."""
    line = ["git", "-C", str(ROOT), "cat-file", "-e", f"{commit}^{{commit}}"]
    return subprocess.run(line, check=False, capture_output=True).returncode == 0


def of_commit(commit: str, to: Path) -> Path:
    """The tree of that commit."""
    packed = subprocess.run(["git", "-C", str(ROOT), "archive", commit], check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(to, filter="data")
    return to


def another_workflow(to: Path) -> Path:
    """A deploy whose OrderWorkflow takes a step more at its beginning: no run of before can be replayed by it."""
    changed(to, BEGINNING, BEGINS, r"\g<0>        await asyncio.sleep(0.01)\n")
    shape = to / SHAPE
    text, count = re.subn(r'(?m)^(CURRENT_SHAPE: Final = )"(\w+)"', r'\1"\2-changed"', shape.read_text())
    assert count == 1, f"{SHAPE} has {count} places that say the workflow's shape"
    shape.write_text(text)
    return to

"""How tests are spread over processes: those that share a server per session stay together, so that it starts once."""

from pathlib import Path
from typing import Final

import pytest

TOGETHER: Final = frozenset({"clients", "money", "webhooks", "workflows"})
"""Directories with a Temporal server, an engine or a simulator per session."""
HERE: Final = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A group per directory; xdist reads it afterwards."""
    for item in items:
        directory = item.path.relative_to(HERE).parts[0]
        if directory in TOGETHER and item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(directory))

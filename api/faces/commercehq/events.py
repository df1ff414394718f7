"""commercehq's name for every engine event: none, since document 004 has no webhooks (contract section 10)."""

from typing import Final

from domain.events import EVENTS

NAMES: Final[dict[str, str | None]] = dict.fromkeys(EVENTS)
"""Engine event -> commercehq's: always None."""

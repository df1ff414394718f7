"""Moments and titles as hanzo spells them."""

from datetime import datetime

from api.spelling import wire
from domain.order import Line


def time(moment: datetime) -> str:
    return wire.RFC3339.encode(moment)


def time_or_none(moment: datetime | None) -> str | None:
    return None if moment is None else wire.RFC3339.encode(moment)


def title(line: Line) -> str:
    """Product name and variant: "Premium T-Shirt - Black / M"."""
    return f"{line.title} - {line.variant_title}" if line.variant_title else line.title

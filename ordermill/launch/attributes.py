"""What orders show in Temporal's lists, as the dev server's command line takes it (`NAME=Type`)."""

from workflows.card import SEARCH_ATTRIBUTES


def search_attributes() -> list[str]:
    """One entry per search attribute of workflows/card.py."""
    return [f"{key.name}={key.indexed_value_type.name.title()}" for key in SEARCH_ATTRIBUTES]

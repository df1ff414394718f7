"""Inserts that leave what is there as it is: each dialect spells them its own way. Built once, not for every row."""

from collections.abc import Mapping

from sqlalchemy import Insert, Table
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert


def unless_there(table: Table, *keys: str) -> Mapping[str, Insert]:
    """Dialect's name -> the insert. Skips a row whose `keys` exist; without keys, one that any unique constraint refuses."""
    elements = list(keys) or None
    return {
        "sqlite": sqlite_insert(table).on_conflict_do_nothing(index_elements=elements),
        "postgresql": pg_insert(table).on_conflict_do_nothing(index_elements=elements),
    }

"""The metadata and the few column types every table is made of."""

from sqlalchemy import JSON, BigInteger, Index, Integer, MetaData, String, Text, text

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)

Key = String(255).with_variant(String(255, collation="C"), "postgresql")
"""Text that is compared or sorted: by bytes, on both databases."""
Word = String(32)
"""One of our own words; compared for equality only."""
Document = Text()
"""JSON text written by pydantic, read back whole."""
Json = JSON(none_as_null=True)
Whole = BigInteger()
"""Amounts, units and epoch seconds."""
Serial = BigInteger().with_variant(Integer(), "sqlite")
"""A key the database counts up: SQLite does so for INTEGER PRIMARY KEY only."""


def partial(name: str, column: str, where: str) -> Index:
    """An index over the rows of a condition only; both databases have them."""
    condition = text(where)
    return Index(name, column, sqlite_where=condition, postgresql_where=condition)

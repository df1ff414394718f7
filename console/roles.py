"""Who may what in the console: four roles, and the sets of them that pages and actions name (contract section 15).

| role      | may                                                                   |
|-----------|-----------------------------------------------------------------------|
| viewer    | read                                                                  |
| warehouse | also fulfil, deliver, receive                                         |
| agent     | also edit, refund, return, exchange, hold, take payments              |
| owner     | everything: people and keys too, and money back beyond the limit      |
"""

from typing import Final

from store.access.staff import Role

Roles = frozenset[Role]
EVERYBODY: Final[Roles] = frozenset(("owner", "agent", "warehouse", "viewer"))
PACKERS: Final[Roles] = frozenset(("owner", "agent", "warehouse"))
AGENTS: Final[Roles] = frozenset(("owner", "agent"))
OWNERS: Final[Roles] = frozenset(("owner",))

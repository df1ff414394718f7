"""The release before this one: the commit whose newest migration is 0006. It must run on this version's schema, beside it."""

from typing import Final

RELEASED: Final = "1169018e309a44d872eef34bb4a2928b414a84eb"

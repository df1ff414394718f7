"""Passwords: argon2id, checked in a thread, and in the same time whether somebody has that address or nobody."""

import asyncio
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST: Final = 12
LONGEST: Final = 128


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _nobodys() -> str:
    """What an unknown address's password is compared with."""
    return _hasher().hash("nobody has this password")


def unfit(password: str) -> str | None:
    """Why a new password will not do; None: it will."""
    if len(password) < SHORTEST:
        return f"A password has at least {SHORTEST} characters."
    return f"A password has at most {LONGEST} characters." if len(password) > LONGEST else None


async def hashed(password: str) -> str:
    return await asyncio.to_thread(_hasher().hash, password)


async def is_right(stored: str | None, password: str) -> bool:
    """Whether this is the password. `stored` None: nobody's, or somebody's who has none."""
    return await asyncio.to_thread(_verify, stored, password[: LONGEST + 1])


def _verify(stored: str | None, password: str) -> bool:
    try:
        _hasher().verify(stored or _nobodys(), password)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None

"""API keys: 32 random bytes each, kept as a SHA-256 only, shown once (contract section 2).

A key is `sk|rk|ck` (secret, restricted, customer), `_test_` or `_live_`, and 43 characters of base64url. It is found
by its hash, and the hashes are compared once more in constant time. `last_used_at` is written at most once a minute,
so that reads stay reads.
"""

import asyncio
import hashlib
import hmac
import os
import secrets
import time
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from domain.ids import ulid_at
from store.database.engine import StoreUnavailable, create_engine, fetch, reading, writing
from store.tables import api_keys as t

Scope = Literal["secret", "restricted", "customer"]
PREFIXES: Final[dict[Scope, str]] = {"secret": "sk", "restricted": "rk", "customer": "ck"}  # nosec B105
USED_EVERY_SECONDS: Final = 60
"""How exact `last_used_at` is."""
DEV_KEY_FILE: Final = "dev-api-key"


@dataclass(frozen=True)
class ApiKey:
    """One key, without itself. Times are epoch seconds."""

    id: str
    hint: str
    scope: Scope
    livemode: bool
    customer_id: str | None
    """Whose orders a customer key reaches."""
    name: str | None
    created_at: int
    last_used_at: int | None
    revoked_at: int | None


@dataclass(frozen=True)
class Minted:
    """A new key; `text` is the key itself and exists nowhere else."""

    key: ApiKey
    text: str


async def mint(
    engine: AsyncEngine, *, scope: Scope, livemode: bool, now: int, customer_id: str | None = None,
    name: str | None = None,
) -> Minted:  # fmt: skip
    """Make a key. ValueError when a customer key has no customer, or another key has one."""
    if (scope == "customer") != (customer_id is not None):
        raise ValueError("a customer key, and only a customer key, names its customer")
    text = f"{PREFIXES[scope]}_{'live' if livemode else 'test'}_{secrets.token_urlsafe(32)}"
    async with writing(engine) as conn:
        return Minted(await _insert(conn, text, scope, livemode, now, customer_id, name), text)


async def _insert(
    conn: AsyncConnection, text: str, scope: Scope, livemode: bool, now: int, customer_id: str | None, name: str | None
) -> ApiKey:
    key_id = ulid_at(now * 1000, secrets.token_bytes(10))
    hint = f"{text[:12]}…{text[-4:]}"
    key = ApiKey(key_id, hint, scope, livemode, customer_id, name, now, None, None)
    await conn.execute(insert(t).values(hash=hashed(text), **vars(key)))
    return key


def hashed(text: str) -> str:
    """SHA-256, hex."""
    return hashlib.sha256(text.encode()).hexdigest()


async def find(engine: AsyncEngine, text: str, now: int) -> ApiKey | None:
    """The key that was presented, unless it is unknown or revoked; notes that it was used."""
    wanted = hashed(text)
    found = await fetch(engine, select(t).where(t.c.hash == wanted))
    row = found[0] if found else None
    if row is None or not hmac.compare_digest(row.hash, wanted) or row.revoked_at is not None:
        return None
    if row.last_used_at is None or now - row.last_used_at >= USED_EVERY_SECONDS:
        # A busy database must not turn a read away for the sake of this note.
        with suppress(StoreUnavailable):
            async with writing(engine) as conn:
                await conn.execute(update(t).where(t.c.id == row.id).values(last_used_at=now))
    return _key(row)


async def list_keys(engine: AsyncEngine, livemode: bool | None = None) -> list[ApiKey]:
    """All keys of a mode (None: of both), oldest first, revoked ones included."""
    query = select(t).order_by(t.c.created_at, t.c.id)
    if livemode is not None:
        query = query.where(t.c.livemode == livemode)
    async with reading(engine) as conn:
        return [_key(row) for row in await conn.execute(query)]


async def names(engine: AsyncEngine, ids: Collection[str]) -> dict[str, str]:
    """Id -> name, of those of these keys that have one; revoked ones too, for what they did stays done."""
    if not ids:
        return {}
    found = await fetch(engine, select(t.c.id, t.c.name).where(t.c.id.in_(sorted(ids)), t.c.name.is_not(None)))
    return {row.id: row.name for row in found}


async def revoke(engine: AsyncEngine, key_id: str, now: int, livemode: bool | None = None) -> ApiKey | None:
    """End a key; None when there is none of that id (and mode). A second revocation keeps the first one's time."""
    known = t.c.id == key_id if livemode is None else (t.c.id == key_id) & (t.c.livemode == livemode)
    async with writing(engine) as conn:
        await conn.execute(update(t).where(known, t.c.revoked_at.is_(None)).values(revoked_at=now))
        row = (await conn.execute(select(t).where(known))).one_or_none()
    return None if row is None else _key(row)


def _key(row: Row[Any]) -> ApiKey:
    return ApiKey(
        row.id, row.hint, row.scope, row.livemode, row.customer_id, row.name, row.created_at, row.last_used_at,
        row.revoked_at,
    )  # fmt: skip


def ensure_dev_key(database_url: str, data_dir: Path, preset: str | None = None) -> str:
    """The development key: made on first start, kept in `data_dir` (mode 0600), known to the database. Blocks.

    `preset` wins over the file; a revoked key from the file is replaced. ValueError when a preset is no secret test
    key or was revoked. Not to be called where a loop runs.
    """
    path = data_dir / DEV_KEY_FILE
    text = preset or (path.read_text().strip() if path.exists() else "")
    text = text or f"sk_test_{secrets.token_urlsafe(32)}"
    if not text.startswith("sk_test_") or len(text) < len("sk_test_") + 16:
        raise ValueError("the development key is a secret test key: sk_test_ and at least 16 characters")
    if not asyncio.run(_know(database_url, text)):
        if preset:
            raise ValueError("the preset development key was revoked")
        text = f"sk_test_{secrets.token_urlsafe(32)}"
        asyncio.run(_know(database_url, text))
    _write_private(path, text)
    return text


async def _know(database_url: str, text: str) -> bool:
    """Make the key known. False: it is known and revoked."""
    engine = create_engine(database_url)
    try:
        async with writing(engine) as conn:
            known = (await conn.execute(select(t.c.revoked_at).where(t.c.hash == hashed(text)))).one_or_none()
            if known is None:
                await _insert(conn, text, "secret", False, int(time.time()), None, "development")
    finally:
        await engine.dispose()
    return known is None or known.revoked_at is None


def _write_private(path: Path, text: str) -> None:
    """Created with mode 0600, never readable by others for a moment; replaced only when it differs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.read_text().strip() == text:
        path.chmod(0o600)
        return
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text + "\n")
    partial.replace(path)

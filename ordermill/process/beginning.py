"""How every process and command of ours begins: what is wrong with its start is one line on standard error, never a traceback.

    settings()          the environment: unknown variables, wrong values, secrets' files
    database(settings)  a SQLite file that is not there, corrupt, or of a newer release
    in_one_line(name)   around all of it: CannotStart, and a database that cannot be used, become a line and an exit code

Values are not repeated: they may be secrets under a wrong name.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import ValidationError

from ordermill import variables
from ordermill.refusals import CannotStart
from ordermill.settings import Settings, variable_of


class WrongSettings(CannotStart):
    """One line per variable that is wrong."""


def settings() -> Settings:
    """This process's. CannotStart, naming the variable."""
    variables.check(os.environ)
    try:
        return Settings()
    except ValidationError as error:
        raise WrongSettings("\n".join(_told(error))) from None


def _told(error: ValidationError) -> Iterator[str]:
    for problem in error.errors(include_input=False, include_url=False):
        name = str(problem["loc"][0]) if problem["loc"] else ""
        field = Settings.model_fields.get(name)
        variable = variable_of(name, field) if field is not None else name
        message = problem["msg"].removeprefix("Value error, ")
        yield f"{variable}: {message}" if variable else message


def database(settings: Settings, *, must_exist: bool = True) -> Settings:
    """The same settings, once it is known that a SQLite file can be opened. PostgreSQL says so itself."""
    from store.database.opening import check_file

    if settings.sqlite_file is not None:
        check_file(settings.sqlite_file, must_exist=must_exist)
    return settings


@contextmanager
def in_one_line(name: str) -> Iterator[None]:
    """`name`: what was started, `ordermill up`. SystemExit with CannotStart's code, or 1 where the database is what is wrong."""
    try:
        yield
    except CannotStart as error:
        _leave(name, str(error), error.exit_code)
    except Exception as error:
        if not _is_the_databases(error):
            raise
        _leave(name, str(error), 1)


def _is_the_databases(error: Exception) -> bool:
    """Its modules are loaded where one of its errors was raised; here they are not, so that a good start does not pay."""
    kinds = (("store.database.opening", "DatabaseUnusable"), ("store.database.engine", "StoreError"))
    known = [getattr(sys.modules.get(module), kind, None) for module, kind in kinds]
    return isinstance(error, tuple(kind for kind in known if isinstance(kind, type)))


def _leave(name: str, message: str, code: int) -> None:
    sys.stdout.flush()
    sys.stderr.write("".join(f"{name}: {line}\n" for line in message.splitlines()))
    raise SystemExit(code) from None

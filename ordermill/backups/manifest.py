"""The manifest of a backup: what it holds, of which release, and how to tell that it is whole.

Rule: it is written last and under its final name only when it is complete, so that a directory without one is no backup. What
it says is checked before anything is touched.
"""

import hashlib
import json
import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

NAME: Final = "manifest.json"
FORMAT: Final = 1
"""Of this file and of what lies beside it; a higher one is a newer release's."""
CHUNK: Final = 1 << 20


class BackupError(Exception):
    """It cannot be made, or must not be used; the message says why, in one line."""


class File(BaseModel):
    """One file of a backup."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    bytes: int = Field(ge=0)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")


class Manifest(BaseModel):
    """One backup."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    made_at: datetime
    """When it was begun: what the copies hold was so then, or a little later."""
    ordermill: str
    """The release that made it."""
    database: Literal["sqlite", "postgresql"]
    server: str
    """The database's version."""
    schema_revision: str
    """Of the order database, as store/database/migrations numbers them."""
    orders: int
    files: dict[str, File]


def describe(path: Path) -> File:
    """Its size and checksum."""
    hashed, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            hashed.update(chunk)
            size += len(chunk)
    return File(bytes=size, sha256=hashed.hexdigest())


def write(directory: Path, manifest: Manifest) -> None:
    """Make it a backup, all of it on disk before its manifest has its name."""
    for name in manifest.files:
        flush(directory / name)
    partial = directory / f"{NAME}.partial"
    partial.write_text(manifest.model_dump_json(indent=2) + "\n")
    flush(partial)
    partial.replace(directory / NAME)
    flush(directory)


def flush(path: Path) -> None:
    """What was written there survives the machine."""
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def read(directory: Path) -> Manifest:
    """BackupError: there is none, or not one this release can read."""
    path = directory / NAME
    try:
        found = json.loads(path.read_text())
    except FileNotFoundError:
        raise BackupError(f"{directory} holds no backup: there is no {NAME}, which is written last") from None
    except (OSError, ValueError) as error:
        raise BackupError(f"{path} cannot be read: {error}") from None
    if isinstance(found, dict) and isinstance(found.get("format"), int) and found["format"] > FORMAT:
        raise BackupError(f"{directory} was made by a newer release (format {found['format']}): restore it with that")
    try:
        return Manifest.model_validate(found)
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise BackupError(f"{path} is damaged: {place}: {error.errors()[0]['msg']}") from None


def check(directory: Path, manifest: Manifest, names: Iterable[str]) -> None:
    """BackupError for the first of these files that is not as it was written."""
    for name in names:
        wanted = manifest.files[name]
        try:
            found = describe(directory / name)
        except OSError as error:
            raise BackupError(f"{directory / name} is missing or cannot be read ({type(error).__name__})") from None
        if found != wanted:
            raise BackupError(
                f"{directory / name} is damaged: it is not what was written on {manifest.made_at:%Y-%m-%d}"
            )

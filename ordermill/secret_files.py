"""Secrets from files: `ORDERMILL_DATABASE_PASSWORD_FILE=/run/secrets/db` for `ORDERMILL_DATABASE_PASSWORD`.

Docker and Kubernetes mount a secret as a file, where `docker inspect`, `ps` and a crash report do not show it. One newline at
the end is not a part of it: editors and `echo` put it there. Both the variable and its file given is refused: one would be
ignored.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from ordermill.refusals import CannotStart

LONGEST_BYTES: Final = 65_536


class SecretFileUnusable(CannotStart):
    """The file a `…_FILE` variable names cannot be read, or the secret is given twice."""


class SecretFiles(PydanticBaseSettingsSource):
    """A settings source: of the fields `secrets` (field -> variable), those whose `…_FILE` is set."""

    def __init__(self, settings: type[BaseSettings], secrets: Mapping[str, str]) -> None:
        super().__init__(settings)
        self._secrets = secrets

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        variable = self._secrets.get(field_name)
        path = os.environ.get(f"{variable}_FILE") if variable else None
        if not path:
            return None, field_name, False
        if os.environ.get(str(variable)) is not None:
            raise SecretFileUnusable(f"{variable} and {variable}_FILE are both set: one of them is enough")
        return _content(f"{variable}_FILE", Path(path)), field_name, False

    def __call__(self) -> dict[str, Any]:
        found = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in found.items() if value is not None}


def _content(variable: str, path: Path) -> str:
    try:
        with path.open("rb") as file:
            text = file.read(LONGEST_BYTES + 1).decode()
    except OSError as error:
        raise SecretFileUnusable(f"{variable}: {path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SecretFileUnusable(f"{variable}: {path} is no text") from None
    if not text.strip() or len(text) > LONGEST_BYTES:
        raise SecretFileUnusable(f"{variable}: {path} is empty, or longer than a secret is")
    return text.removesuffix("\n").removesuffix("\r")

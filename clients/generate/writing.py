"""Every generated file: made, compared with what is there, and written."""

import hashlib
import json
import re
import shutil
import subprocess  # nosec B404
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from clients.generate import golang, javascript, python
from clients.generate.document import document
from clients.generate.shapes import shapes

CLIENTS: Final = Path(__file__).parents[1]
OPENAPI: Final = "openapi.json"
TYPES: Final = "js/openapi.d.ts"
PYTHON: Final = "python/ordermill_client"
TYPESCRIPT: Final = ("openapi-typescript@7.13.0", "typescript@5.9.3")
"""What turns the document into TypeScript: at development time only, never installed with a client."""


def engine_document() -> dict[str, Any]:
    """OpenAPI of the engine in this tree."""
    from api.app import create_app
    from ordermill.settings import Settings

    found: dict[str, Any] = json.loads(json.dumps(create_app(Settings()).openapi()))
    return found


def made() -> dict[str, str]:
    """Path under clients/ -> text, but for the TypeScript that npx makes."""
    found = document(engine_document())
    own, calls = shapes(found), found.calls
    texts = {OPENAPI: json.dumps(found.whole, indent=1, ensure_ascii=False) + "\n"}
    for name, text in python.files(own, calls).items():
        texts[f"{PYTHON}/{name}"] = _formatted(text, name)
    for name, text in golang.files(own, calls).items():
        texts[f"go/{name}"] = text
    for name, text in javascript.files(own, calls).items():
        texts[f"js/{name}"] = text
    return texts


def check() -> list[str]:
    """Files that are not what they should be."""
    texts = made()
    stale = [path for path, text in texts.items() if _read(path) != text]
    return stale if types_are_of(_read(TYPES) or "", texts[OPENAPI]) else [*stale, TYPES]


def write() -> list[str]:
    """Write what changed; its paths."""
    texts = made()
    changed = [path for path, text in texts.items() if _read(path) != text]
    for path in changed:
        (CLIENTS / path).write_text(texts[path])
    if not types_are_of(_read(TYPES) or "", texts[OPENAPI]):
        (CLIENTS / TYPES).write_text(_typescript(texts[OPENAPI]))
        changed.append(TYPES)
    return changed


def types_are_of(types: str, openapi: str) -> bool:
    """Whether this TypeScript was made of this document, and not touched since."""
    found = re.match(r"/\*\* Made by .* of ([0-9a-f]{64}), itself ([0-9a-f]{64})\. \*/\n", types)
    return found is not None and found.groups() == (_digest(openapi), _digest(types[found.end() :]))


def _typescript(openapi: str) -> str:
    npx = shutil.which("npx")
    if npx is None:
        sys.exit("the JavaScript client's types are made by openapi-typescript: that needs Node.js (npx)")
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / OPENAPI
        source.write_text(openapi)
        packages = [word for package in TYPESCRIPT for word in ("-p", package)]
        command = [
            npx,
            "--yes",
            *packages,
            "openapi-typescript",
            OPENAPI,
            "-o",
            "types.d.ts",
            "--default-non-nullable",
            "false",
        ]
        subprocess.run(command, cwd=folder, check=True, stdout=sys.stderr)  # noqa: S603  # nosec B603
        text = (Path(folder) / "types.d.ts").read_text()
    return f"/** Made by `python -m clients.generate` of {_digest(openapi)}, itself {_digest(text)}. */\n{text}"


def _formatted(text: str, name: str) -> str:
    root = CLIENTS.parent
    ruff = [str(Path(sys.executable).with_name("ruff")), "format", "--config", str(root / "pyproject.toml")]
    command = [*ruff, "--stdin-filename", str(CLIENTS / PYTHON / name), "-"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=True, cwd=root)  # noqa: S603  # nosec B603
    return done.stdout


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _read(path: str) -> str | None:
    file = CLIENTS / path
    return file.read_text() if file.exists() else None

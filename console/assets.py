"""Style sheets and scripts: read once, served under a name that changes with their content, kept by browsers for a year."""

import hashlib
import mimetypes
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

FOLDER: Final = Path(__file__).parent / "static"
SERVED: Final = frozenset((".css", ".js", ".svg"))
FOR_EVER: Final = "public, max-age=31536000, immutable"


class Assets:
    """All of them, in memory: a few dozen kilobytes."""

    def __init__(self, prefix: str) -> None:
        found = {
            p.relative_to(FOLDER).as_posix(): p.read_bytes() for p in sorted(FOLDER.rglob("*")) if p.suffix in SERVED
        }
        self._files = found
        self.version = hashlib.sha256(b"\0".join(n.encode() + b"\0" + raw for n, raw in found.items())).hexdigest()[:16]
        self._prefix = f"{prefix}/static/{self.version}"

    def url(self, name: str) -> str:
        """KeyError for a file that is not there: a template that names one is wrong."""
        if name not in self._files:
            raise KeyError(name)
        return f"{self._prefix}/{name}"

    async def serve(self, request: Request) -> Response:
        """Whatever version is asked for, today's file; only today's version is kept for ever."""
        name = str(request.path_params["name"])
        raw = self._files.get(name)
        if raw is None:
            return Response("not found", status_code=404, media_type="text/plain")
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        kept = FOR_EVER if request.path_params["version"] == self.version else "no-store"
        return Response(raw, media_type=kind, headers={"Cache-Control": kept})

"""engine: what no document has a place for (contract section 12), in hanzo's style and error shape."""

from typing import Final

from api.face import Face
from api.faces.engine import inbox, time
from api.faces.engine.credit import routes  # with those of credit.py added
from api.faces.hanzo.answers import ErrorOut
from api.faces.hanzo.translate import WORDS, error_body

__all__ = ["FACE", "inbox", "time"]  # whose routes come with them

FACE: Final = Face(
    name="engine",
    prefixes=("/engine",),
    words=WORDS,
    error_body=error_body,
    error_model=ErrorOut,
    routes=routes,
)

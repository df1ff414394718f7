"""engine: what no document has a place for (contract section 12), in hanzo's style and error shape."""

from typing import Final

from api.dialect import Dialect
from api.dialects.engine.routes import routes
from api.dialects.hanzo.answers import ErrorOut
from api.dialects.hanzo.translate import WORDS, error_body

DIALECT: Final = Dialect(
    name="engine",
    prefixes=("/engine",),
    words=WORDS,
    error_body=error_body,
    error_model=ErrorOut,
    routes=routes,
)

"""commercehq: document 004 and contract section 9. snake_case, integers for ids, JSON numbers for money, epoch seconds."""

from typing import Final

from api.dialect import Dialect
from api.dialects.commercehq import translate
from api.dialects.commercehq.answers import ErrorOut
from api.dialects.commercehq.events import NAMES
from api.dialects.commercehq.routes import routes
from api.dialects.commercehq.status import AXES

DIALECT: Final = Dialect(
    name="commercehq",
    prefixes=("/orders", "/commercehq"),
    words=translate.WORDS,
    error_body=translate.error_body,
    error_model=ErrorOut,
    routes=routes,
    axes=AXES,
    events=NAMES,
)

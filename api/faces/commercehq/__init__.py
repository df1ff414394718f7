"""commercehq: document 004 and contract section 9. snake_case, integers for ids, JSON numbers for money, epoch seconds."""

from typing import Final

from api.face import Face
from api.faces.commercehq import translate
from api.faces.commercehq.answers import ErrorOut
from api.faces.commercehq.events import NAMES
from api.faces.commercehq.routes import routes
from api.faces.commercehq.status import AXES

FACE: Final = Face(
    name="commercehq",
    prefixes=("/orders", "/commercehq"),
    words=translate.WORDS,
    error_body=translate.error_body,
    error_model=ErrorOut,
    routes=routes,
    axes=AXES,
    events=NAMES,
)

"""hanzo: the engine's first face (documents 000 and 001, contract section 6). camelCase, integer minor units."""

from typing import Final

from api.dialect import Dialect
from api.dialects.hanzo import signing, translate
from api.dialects.hanzo.answers import ErrorOut
from api.dialects.hanzo.events import NAMES
from api.dialects.hanzo.routes import routes
from api.dialects.hanzo.status import AXES
from api.dialects.hanzo.webhooks import rendered

DIALECT: Final = Dialect(
    name="hanzo",
    prefixes=("/order", "/webhook"),
    words=translate.WORDS,
    error_body=translate.error_body,
    error_model=ErrorOut,
    routes=routes,
    axes=AXES,
    events=NAMES,
    renderer=rendered,
    signer=signing.headers,
)

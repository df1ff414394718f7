"""hanzo: the engine's first face (documents 000 and 001, contract section 6). camelCase, integer minor units."""

from typing import Final

from api.face import Endpoints, Face
from api.faces.hanzo import signing, translate
from api.faces.hanzo.answers import ErrorOut
from api.faces.hanzo.events import NAMES
from api.faces.hanzo.routes import routes
from api.faces.hanzo.status import AXES
from api.faces.hanzo.webhooks import rendered

FACE: Final = Face(
    name="hanzo",
    prefixes=("/order", "/webhook"),
    words=translate.WORDS,
    error_body=translate.error_body,
    error_model=ErrorOut,
    routes=routes,
    axes=AXES,
    events=NAMES,
    renderer=rendered,
    endpoints=Endpoints("/webhook", "description", "secret", "models"),
    signer=signing.headers,
)

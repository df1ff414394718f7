"""storefront: document 003's face (contract section 8). snake_case, UUIDs, decimal strings, `{"data": …}`."""

from typing import Final

from api.face import Endpoints, Face
from api.faces.storefront import signing
from api.faces.storefront import webhooks as hooks
from api.faces.storefront.answers import ErrorOut
from api.faces.storefront.errors import WORDS, error_body
from api.faces.storefront.events import NAMES, webhooks
from api.faces.storefront.status import AXES

FACE: Final = Face(
    name="storefront",
    prefixes=("/api/v1",),
    words=WORDS,
    error_body=error_body,
    error_model=ErrorOut,
    routes=hooks.routes,
    axes=AXES,
    events=NAMES,
    renderer=webhooks,
    endpoints=Endpoints("/api/v1/webhooks", "name", "secret", "data", wrapped=True),
    signer=signing.headers,
)

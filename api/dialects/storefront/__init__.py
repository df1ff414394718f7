"""storefront: document 003's face (contract section 8). snake_case, UUIDs, decimal strings, `{"data": …}`."""

from typing import Final

from api.dialect import Dialect
from api.dialects.storefront import signing
from api.dialects.storefront import webhooks as hooks
from api.dialects.storefront.answers import ErrorOut
from api.dialects.storefront.errors import WORDS, error_body
from api.dialects.storefront.events import NAMES, webhooks
from api.dialects.storefront.status import AXES

DIALECT: Final = Dialect(
    name="storefront",
    prefixes=("/api/v1",),
    words=WORDS,
    error_body=error_body,
    error_model=ErrorOut,
    routes=hooks.routes,
    axes=AXES,
    events=NAMES,
    renderer=webhooks,
    signer=signing.headers,
)

"""storefront: document 003's face (contract section 8). snake_case, UUIDs, decimal strings, `{"data": …}`."""

from typing import Final

from api.dialect import Dialect
from api.dialects.storefront import webhooks as hooks
from api.dialects.storefront.answers import ErrorOut
from api.dialects.storefront.errors import WORDS, error_body
from api.dialects.storefront.events import NAMES, webhooks

DIALECT: Final = Dialect(
    name="storefront",
    prefixes=("/api/v1",),
    words=WORDS,
    error_body=error_body,
    error_model=ErrorOut,
    routes=hooks.routes,
    events=NAMES,
    renderer=webhooks,
)

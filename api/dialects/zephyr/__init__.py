"""zephyr: document 002 and contract section 7. snake_case, integer cents (minor units), ULIDs."""

from typing import Final

from api.dialect import Dialect
from api.dialects.zephyr import render, signing, translate, webhooks
from api.dialects.zephyr.answers import ErrorOut
from api.dialects.zephyr.events import NAMES
from api.dialects.zephyr.status import AXES

DIALECT: Final = Dialect(
    name="zephyr",
    prefixes=("/v1",),
    words=translate.WORDS,
    error_body=translate.error_body,
    error_model=ErrorOut,
    routes=webhooks.routes,
    axes=AXES,
    events=NAMES,
    renderer=render.webhooks,
    signer=signing.headers,
)

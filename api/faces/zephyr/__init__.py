"""zephyr: document 002 and contract section 7. snake_case, integer cents (minor units), ULIDs."""

from typing import Final

from api.face import Endpoints, Face
from api.faces.zephyr import render, signing, translate, webhooks
from api.faces.zephyr.answers import ErrorOut
from api.faces.zephyr.events import NAMES
from api.faces.zephyr.status import AXES

FACE: Final = Face(
    name="zephyr",
    prefixes=("/v1",),
    words=translate.WORDS,
    error_body=translate.error_body,
    error_model=ErrorOut,
    routes=webhooks.routes,
    axes=AXES,
    events=NAMES,
    renderer=render.webhooks,
    endpoints=Endpoints("/v1/webhook_endpoints", "description", "signing_secret", "data"),
    signer=signing.headers,
)

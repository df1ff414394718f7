"""Every face, one row each. To add one: copy zephyr's folder, the smallest, say its words, add its row here.

    __init__.py   FACE: name, path prefixes, `words` (neutral code -> its status and code), error shape, routes, events
    schemas.py    requests: RequestModel (strict, unknown fields 422) and QueryModel, from the types of api/http/fields.py
    answers.py    answers as models; every printed field, null where there is no value
    translate.py  its words -> a Draft or a domain command; ids, enums, errors
    render.py     an order and its parts -> its answers; what a settled command answers, declines included
    routes.py     `@routes.listing | read | command | place | write` (api/http/routing.py), a few lines each
    status.py     its words for where an order stands, and those of them that its lists know (Axis)
    lists.py      its filters and sorts -> the store's, through api/http/reading.py
    signing.py    the headers by which it signs its webhooks, where it has its own
    events.py     its name for every engine event, or None

Nothing else changes: keys, modes, idempotency, ETags, limits, 404/405/500 in its shape and OpenAPI come with the row.
"""

from typing import Final

from api.face import Face, under
from api.faces import commercehq, engine, hanzo, storefront, zephyr
from domain.signing import Signers
from domain.webhooks import Renderer
from store.lists.facets import OWN, Axis

FACES: Final[dict[str, Face]] = {face.name: face for face in [
    hanzo.FACE,
    zephyr.FACE,
    storefront.FACE,
    commercehq.FACE,
    engine.FACE,
]}  # fmt: skip
"""Name -> face."""
RENDERERS: Final[dict[str, Renderer]] = {d.name: d.renderer for d in FACES.values() if d.renderer is not None}
"""Name -> the bodies of its webhooks; the worker's dispatcher renders with these."""

SIGNERS: Final[Signers] = {d.name: d.signer for d in FACES.values() if d.signer is not None}
"""Name -> the headers by which it signs its webhooks; the worker's drains sign with these."""
AXES: Final[tuple[Axis, ...]] = (*OWN, *(axis for face in FACES.values() for axis in face.axes))
"""Every status word an order's row holds: what every process that reads or writes orders registers at its start."""


def face_of(path: str) -> Face:
    """The face a path belongs to: the longest prefix; hanzo, the engine's first face, for paths that are nobody's."""
    best, owner = -1, hanzo.FACE
    for face in FACES.values():
        for prefix in face.prefixes:
            if under(path, prefix) and len(prefix) > best:
                best, owner = len(prefix), face
    return owner

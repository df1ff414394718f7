"""Policy: every key in force, and where each value comes from. Read-only: it is changed in the file or the environment."""

from itertools import groupby

from starlette.responses import Response

from console.routing import Screens
from console.visit import Visit

screens = Screens()


@screens.page("/policy")
async def policy(visit: Visit) -> Response:
    only = visit.asked("only") == "set"
    known = [one for one in visit.shop.origins if not only or one.kind != "default"]
    blocks = [(name, list(some)) for name, some in groupby(known, key=lambda one: one.path.partition(".")[0])]
    return visit.show("policy.html", blocks=blocks, only=only, file=str(visit.shop.settings.config))

"""Which `ORDERMILL_…` variables there are: one list, so that a mistyped one stops the start instead of being ignored.

    settings         every field of Settings (ordermill/settings.py), by itself; a secret's also as `…_FILE`
    policy           every block of the policy file: `ORDERMILL_ORDER__RETURN_WINDOW_DAYS` (ordermill/process/config.py
                     reads them, and names what is wrong below the block)
    others'          OTHERS: read by the clients, by docker-compose.yml, by tests and benchmarks, and by nothing of the engine

A variable that is read outside Settings is added to OTHERS; `tests/ordermill/test_variables.py` reads every file for one that
is not.
"""

import difflib
import re
from collections.abc import Iterable, Iterator
from typing import Final

from ordermill.refusals import CannotStart
from ordermill.settings import PREFIX, variables_of_settings

OTHERS: Final[dict[str, str]] = {
    "ORDERMILL_API_URL": "clients: where the engine is",
    "ORDERMILL_API_KEY": "clients, demo: the key they present",
    "ORDERMILL_DB_PASSWORD": "docker-compose.yml: the order database's password",
    "ORDERMILL_POLICY_FILE": "docker-compose.yml: the policy file on the host",
    "ORDERMILL_TAG": "docker-compose.yml: the image's tag",
    "ORDERMILL_WEBHOOK_SECRET": "clients: a receiver's secret, in their examples",
    "ORDERMILL_NEXT_TAG": "docker-compose.yml: the image's tag of the release that is coming",
    "ORDERMILL_NEXT_BUILD_ID": "docker-compose.yml: that release's build id",
    "ORDERMILL_KEPT_ORDERS": "benchmarks: how many closed orders",
    "ORDERMILL_MANY_ROUNDS": "benchmarks: how many rounds",
    "ORDERMILL_OPEN_ORDERS": "benchmarks: how many open orders",
    "ORDERMILL_ROWS_PROCESSES": "benchmarks: how many writing processes",
    "ORDERMILL_ROWS_ROUNDS": "benchmarks: how many rounds",
    "ORDERMILL_ROWS_SECONDS": "benchmarks: how long a round is",
    "ORDERMILL_CODEC_URL": "docker-compose.yml: where browsers reach the codec server",
    "ORDERMILL_UI": "docs/images: the web UI whose pictures are taken",
    "ORDERMILL_FAULT": "tests: where the faulty worker dies",
    "ORDERMILL_HYPOTHESIS": "tests: how many examples",
    "ORDERMILL_SCHEMATHESIS_EXAMPLES": "tests: how many examples",
    "ORDERMILL_OUTAGE_SECONDS": "tests: how long an outage lasts",
    "ORDERMILL_LOCALSTRIPE": "tests: the address of localstripe",
    "ORDERMILL_OTHER_BUILD": "benchmarks: the source tree that is compared with",
    "ORDERMILL_BUILDS_ROUNDS": "benchmarks: how many rounds",
}
"""Variable -> who reads it."""
_SERVICE_LINK: Final = re.compile(r"\w+_(SERVICE_(HOST|PORT(_\w+)?)|PORT(_\d+_(TCP|UDP)(_(PROTO|PORT|ADDR))?)?)")
"""What Kubernetes puts into every pod for a service that is called `ordermill…`, unless `enableServiceLinks: false`."""
CLOSE: Final = 0.7
"""How alike a name must be to be offered (difflib's ratio)."""


class UnknownVariable(CannotStart):
    """A variable nobody reads. Its value is not repeated: it may be a secret under a wrong name."""

    def __init__(self, name: str, nearest: str | None) -> None:
        offered = f"did you mean {nearest}?" if nearest else "docs/operations.md lists them"
        super().__init__(f"{name}: there is no such variable; {offered}")


def known() -> frozenset[str]:
    """Every variable by its whole name; a policy block stands for all below it."""
    return frozenset((*variables_of_settings(), *_blocks(), *OTHERS))


def check(environ: Iterable[str]) -> None:
    """UnknownVariable for the first name that begins with ORDERMILL_ and is none of ours."""
    names = known()
    in_a_pod = "KUBERNETES_SERVICE_HOST" in environ
    for name in sorted(environ):
        if not name.upper().startswith(PREFIX) or _is_known(name.upper(), names):
            continue
        if in_a_pod and _SERVICE_LINK.fullmatch(name):
            continue
        raise UnknownVariable(name, _nearest(name.upper(), names))


def _is_known(name: str, names: frozenset[str]) -> bool:
    block, nested, _ = name.partition("__")
    return name in names or (bool(nested) and block in _blocks())


def _nearest(name: str, names: frozenset[str]) -> str | None:
    """The known name that is most alike, with what was written below a block."""
    block, nested, rest = name.partition("__")
    found = difflib.get_close_matches(block if nested else name, names, 1, CLOSE)
    return f"{found[0]}{nested}{rest}" if found else None


def _blocks() -> Iterator[str]:
    from domain.policy import ShopConfig

    return (f"{PREFIX}{name.upper()}" for name in ShopConfig.model_fields)

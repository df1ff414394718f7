"""The API, one row per endpoint: method, path, handler, the parameters it knows. Others are 400 `parameter_unknown`."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from stripe_simulator import charges, customers, disputes, intents, lists, methods, refunds, tax
from stripe_simulator.call import Answer
from stripe_simulator.refusal import Body, Refusal

Handler = Callable[..., Body | Answer]
_INTENT = (
    "customer description metadata off_session payment_method payment_method_options payment_method_types"
    " allowed_payment_method_types receipt_email return_url setup_future_usage shipping statement_descriptor"
    " statement_descriptor_suffix transfer_group use_stripe_sdk capture_method"
)
_CREATE = _INTENT + " amount currency automatic_payment_methods confirm confirmation_method"
_PAGE = "limit starting_after ending_before created"
_CUSTOMER = "email name phone description address metadata payment_method"


@dataclass(frozen=True)
class Route:
    """One endpoint."""

    method: str
    path: re.Pattern[str]
    handler: Handler
    accepts: frozenset[str]


def _row(method: str, path: str, handler: Handler, accepts: str = "") -> Route:
    pattern = re.compile("^/v1/" + re.sub(r"\{\w+\}", r"([A-Za-z0-9_]+)", path) + "$")
    return Route(method, pattern, handler, frozenset(accepts.split()))


ROUTES: tuple[Route, ...] = (
    _row("POST", "payment_intents", intents.create, _CREATE),
    _row("GET", "payment_intents", lists.payment_intents, _PAGE + " customer"),
    _row("GET", "payment_intents/search", lists.search, "query limit page"),
    _row("GET", "payment_intents/{id}", intents.retrieve, "client_secret"),
    _row("POST", "payment_intents/{id}", intents.update, _INTENT + " amount"),
    _row("POST", "payment_intents/{id}/confirm", intents.confirm, _INTENT),
    _row("POST", "payment_intents/{id}/capture", intents.capture, "amount_to_capture final_capture metadata"),
    _row("POST", "payment_intents/{id}/cancel", intents.cancel, "cancellation_reason"),
    _row("GET", "charges", lists.charges, _PAGE + " customer payment_intent"),
    _row("GET", "charges/{id}", charges.retrieve),
    _row("POST", "charges/{id}", charges.update, "metadata description"),
    _row("POST", "refunds", refunds.create, "amount charge metadata payment_intent reason"),
    _row("GET", "refunds", lists.refunds, _PAGE + " charge payment_intent"),
    _row("GET", "refunds/{id}", refunds.retrieve),
    _row("POST", "refunds/{id}", refunds.update, "metadata"),
    _row("POST", "customers", customers.create, _CUSTOMER),
    _row("GET", "customers", lists.customers, _PAGE + " email"),
    _row("GET", "customers/{id}", customers.retrieve),
    _row("POST", "customers/{id}", customers.update, _CUSTOMER),
    _row("GET", "payment_methods/{id}", methods.retrieve),
    _row("POST", "payment_methods/{id}/attach", methods.attach, "customer"),
    _row("GET", "events", lists.events, _PAGE + " type"),
    _row("GET", "events/{id}", lists.event),
    _row("GET", "disputes", lists.disputes, _PAGE + " charge payment_intent"),
    _row("GET", "disputes/{id}", disputes.retrieve),
    _row("POST", "disputes/{id}/close", disputes.close),
    _row(
        "POST", "tax/calculations", tax.create, "currency customer customer_details line_items shipping_cost tax_date"
    ),
    _row("GET", "tax/calculations/{id}", tax.retrieve),
)


def find(method: str, path: str) -> tuple[Route, tuple[str, ...]]:
    """The endpoint and the ids in its path, or Stripe's 404 for an unrecognized URL."""
    for route in ROUTES:
        match = route.path.match(path)
        if match and route.method == method:
            return route, match.groups()
    raise Refusal(f"Unrecognized request URL ({method}: {path}).", status=404, stored=False)

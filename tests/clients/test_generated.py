"""What is generated is what would be generated now, and covers what the engine offers."""

from clients.generate import writing
from clients.generate.calls import CALLS, NOT_OFFERED, RESOURCES
from clients.generate.document import routes_of


def test_the_clients_are_made_of_this_engines_openapi() -> None:
    """An API that changed without its clients: run `python -m clients.generate`. Needs neither node nor go."""
    assert writing.check() == []


def test_types_that_were_touched_or_are_of_another_document_are_seen() -> None:
    types, openapi = (writing.CLIENTS / writing.TYPES).read_text(), (writing.CLIENTS / writing.OPENAPI).read_text()
    assert writing.types_are_of(types, openapi)
    assert not writing.types_are_of(types + " ", openapi)
    assert not writing.types_are_of(types, openapi.replace("orderId", "orderID"))
    assert not writing.types_are_of("", openapi)


def test_every_route_of_hanzo_and_the_engine_is_a_method_or_says_why_not() -> None:
    offered = {row.route for row in CALLS}
    assert not offered & set(NOT_OFFERED)
    assert routes_of(writing.engine_document()) == offered | set(NOT_OFFERED)


def test_every_resource_says_what_it_is() -> None:
    assert {row.resource for row in CALLS} == set(RESOURCES)

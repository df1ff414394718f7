"""ETag, If-Match and If-None-Match over an order's version (contract section 3, RFC 9110 section 13)."""

from starlette.requests import Request

from api.http.problems import Problem
from domain.order import Order


def etag(order: Order) -> str:
    """`"<version>"`."""
    return f'"{order.version}"'


def _tags(header: str) -> list[str]:
    return [tag.strip() for tag in header.split(",") if tag.strip()]


def unchanged(request: Request, order: Order) -> bool:
    """Whether If-None-Match names the order as it is (304). Weak and strong tags compare alike here."""
    header = request.headers.get("if-none-match")
    if header is None:
        return False
    return any(tag == "*" or tag.removeprefix("W/") == etag(order) for tag in _tags(header))


def required_version(request: Request, order: Order) -> int | None:
    """The version If-Match asks for, when the order has it; 412 when it has another; None when the header is absent."""
    header = request.headers.get("if-match")
    if header is None or "*" in _tags(header):
        return None
    if etag(order) not in _tags(header):
        raise Problem(
            "precondition_failed", "the order has changed", data={"version": order.version}, stored=True,
            headers={"ETag": etag(order)},
        )  # fmt: skip
    return order.version

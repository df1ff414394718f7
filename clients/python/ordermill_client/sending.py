"""One call from its first try to its outcome, without the network: what sync.py and awaiting.py share.

The rule: a write gets one Idempotency-Key for its whole life, so that trying again after a lost answer finds what the first
try did. Tried again: no answer, 202, 429, 502, 503, 504, and 409 `idempotency_key_in_use`.
"""

import dataclasses
import json
import os
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Generic, Protocol, TypeVar, cast

from ordermill_client import wire
from ordermill_client.answers import Versioned
from ordermill_client.errors import CommerceError, NoAnswer, Pending, ProtocolBroken, kind_of, text
from ordermill_client.version import USER_AGENT

T = TypeVar("T")

DEFAULT_BASE_URL: Final = "http://127.0.0.1:8000"
_AGAIN: Final = frozenset({202, 429, 502, 503, 504})
_MAX_WAIT_SECONDS: Final = 60.0
_FIRST_BACKOFF_SECONDS: Final = 0.25
_MAX_BACKOFF_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Options:
    """What one call may say beside its input."""

    idempotency_key: str | None = None
    """Default: a fresh one per call, kept while it is tried again. Reads have none."""
    if_match: str | None = None
    """`order.etag`: VersionChanged when the order has changed since."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the engine is and how patient to be."""

    api_key: str = field(repr=False)
    base_url: str
    max_retries: int
    timeout_seconds: float
    """Limit of one try."""


def settings(api_key: str, base_url: str | None, max_retries: int, timeout_seconds: float) -> Settings:
    """Without `base_url`: ORDERMILL_API_URL, else http://127.0.0.1:8000."""
    if not api_key:
        raise ValueError("api_key is needed")
    base = base_url or os.environ.get("ORDERMILL_API_URL") or DEFAULT_BASE_URL
    return Settings(api_key, base.rstrip("/"), max_retries, timeout_seconds)


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """A request and what its answer is: a dataclass, `dict` for any object, None's type for nothing."""

    method: str
    path: str
    answer: type[T]
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    accepted: bool = False
    """202 is the answer itself: what was asked for is queued."""
    as_it_is: bool = False
    """Names are sent as they are given, not in camelCase."""


class Send(Protocol):
    """Commerce.send, for resources."""

    def __call__(self, call: Call[T], options: "Options | None" = None, /) -> T: ...


class AsyncSend(Protocol):
    """AsyncCommerce.send, for resources."""

    async def __call__(self, call: Call[T], options: "Options | None" = None, /) -> T: ...


@dataclass(frozen=True, slots=True)
class Done(Generic[T]):
    value: T


@dataclass(frozen=True, slots=True)
class Again:
    """Try again after this long."""

    seconds: float


class Sending(Generic[T]):
    """The tries of one call. `judged` and `dropped` raise the final error, when it is one."""

    def __init__(self, call: Call[T], options: Options | None, config: Settings) -> None:
        chosen = options or Options()
        self._call = call
        self._config = config
        self._tried = 0
        self.key = None if call.method == "GET" else chosen.idempotency_key or str(uuid.uuid4())
        self.method = call.method
        self.url = config.base_url + call.path
        self.query = wire.query(call.query, as_it_is=call.as_it_is)
        body = call.body or {}
        sent = body if call.as_it_is else wire.encode(body)
        self.content = None if call.method == "GET" else json.dumps(sent).encode()
        self.headers = {
            "Authorization": f"Bearer {config.api_key}", "Accept": "application/json", "User-Agent": USER_AGENT
        }  # fmt: skip
        if self.key is not None:
            self.headers |= {"Idempotency-Key": self.key, "Content-Type": "application/json"}
        if chosen.if_match is not None:
            self.headers["If-Match"] = chosen.if_match

    def judged(self, status: int, headers: Mapping[str, str], content: bytes) -> Done[T] | Again:
        """What an answer means."""
        body = _parsed(content)
        if 200 <= status < 300 and (status != 202 or self._call.accepted):
            return Done(self._decoded(status, headers, body))
        error = self._error(status, headers, body)
        in_use = status == 409 and error.code == "idempotency_key_in_use"
        return self._again(error, headers.get("Retry-After"), worth_it=in_use or status in _AGAIN)

    def dropped(self, cause: Exception) -> Again:
        """No answer came."""
        message = f"no answer from {self._config.base_url}: {str(cause) or type(cause).__name__}"
        error = NoAnswer(message, code="connection_error", status=0, idempotency_key=self.key)
        return self._again(error, None, worth_it=True)

    def _again(self, error: CommerceError, retry_after: str | None, *, worth_it: bool) -> Again:
        if not worth_it or self._tried >= self._config.max_retries:
            raise error
        wait = _retry_after(retry_after)
        self._tried += 1
        return Again(_backoff(self._tried - 1) if wait is None else wait)

    def _decoded(self, status: int, headers: Mapping[str, str], body: dict[str, Any] | None) -> T:
        if self._call.answer is type(None) or (status == 204 and self._call.as_it_is):
            return cast("T", None)
        try:
            if body is None:
                raise TypeError("the answer is no JSON object: is base_url an engine?")  # noqa: TRY301
            value = wire.decode(self._call.answer, body)
        except (KeyError, TypeError, ValueError, AttributeError) as misfit:
            raise ProtocolBroken(
                f"the answer does not fit: {misfit}",
                code="invalid_response",
                status=status,
                request_id=headers.get("X-Request-Id"),
                idempotency_key=self.key,
            ) from misfit
        if isinstance(value, Versioned):
            return dataclasses.replace(value, etag=headers.get("ETag"))
        return value

    def _error(self, status: int, headers: Mapping[str, str], body: dict[str, Any] | None) -> CommerceError:
        request_id = headers.get("X-Request-Id")
        if status == 202:
            return Pending(
                "accepted, but not settled yet: repeat the call with the same idempotency key",
                code="pending",
                status=status,
                request_id=request_id,
                idempotency_key=self.key,
                details=body,
            )
        said = (body or {}).get("error")
        details = said if isinstance(said, dict) else {}
        return kind_of(status)(
            text(details, "message") or f"the engine answered {status}",
            code=text(details, "code") or f"http_{status}",
            status=status,
            field=text(details, "field"),
            request_id=request_id,
            idempotency_key=self.key,
            details=details,
        )


def _parsed(content: bytes) -> dict[str, Any] | None:
    try:
        body = json.loads(content)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _retry_after(header: str | None) -> float | None:
    """Seconds; a date or nonsense counts as absent."""
    if header is None or not header.strip().isdecimal():
        return None
    return min(float(header), _MAX_WAIT_SECONDS)


def _backoff(tried: int) -> float:
    longest = min(_FIRST_BACKOFF_SECONDS * 2.0**tried, _MAX_BACKOFF_SECONDS)
    return longest * (0.5 + secrets.randbelow(1000) / 2000)

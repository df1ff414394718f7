"""POST one webhook: look the host up, judge every address, connect to the very address that was judged.

Rule: between judging and connecting nothing is looked up again, so a name that answers with another address the second time
(DNS rebinding) reaches nothing private; the certificate is still checked against the name. No redirects, no proxies of the
environment, ten seconds in all, and of the answer only an excerpt is read. A client lives for one endpoint: connections are never
shared between two host names.
"""

import asyncio
import contextlib
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final, Self

import httpx2

from domain.targets import Private, Refused, Target, check_address, target
from domain.webhooks import ANSWER_WITHIN_SECONDS

EXCERPT_BYTES: Final = 2_000
EXCERPT_SECONDS: Final = 1.0
MOST_ADDRESSES: Final = 3
"""Tried one after the other, within the same ten seconds."""
USER_AGENT: Final = "Ordermill-Webhooks/1"
Resolve = Callable[[str, int], Awaitable[list[str]]]
"""(host, port) -> addresses. OSError when there are none."""


@dataclass(frozen=True)
class Reply:
    """What came back. `status` None: nothing in time, `error` says why."""

    status: int | None
    duration_ms: int
    excerpt: str | None = None
    error: str | None = None
    retry_after_seconds: int | None = None


async def look_up(host: str, port: int) -> list[str]:
    """The system's resolver."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


@cache
def _tls() -> ssl.SSLContext:
    """One context for all clients: making one costs more than a request."""
    return httpx2.create_ssl_context(trust_env=False)


class Post:
    """Posts to one URL. Use as a context manager."""

    def __init__(
        self,
        url: str,
        *,
        allow_private: Private,
        resolve: Resolve = look_up,
        timeout_seconds: float = ANSWER_WITHIN_SECONDS,
    ) -> None:
        self._url = url
        self._allow_private = allow_private
        self._resolve = resolve
        self._timeout = timeout_seconds
        transport = httpx2.AsyncHTTPTransport(verify=_tls(), trust_env=False, http2=False, retries=0)
        self._client = httpx2.AsyncClient(transport=transport, trust_env=False, follow_redirects=False, timeout=None)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def __call__(self, body: str, headers: Mapping[str, str]) -> Reply:
        """One attempt; every failure is a Reply. A status that came in time counts, however slowly the rest comes."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(self._timeout):
                answer = await self._send(body, headers)
        except TimeoutError:
            return Reply(None, _since(began), error=f"no answer within {self._timeout:g} s")
        except Refused as error:
            return Reply(None, _since(began), error=f"refused to connect: {error}")
        except OSError as error:
            return Reply(None, _since(began), error=f"the host was not found ({type(error).__name__})")
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            return Reply(None, _since(began), error=f"{type(error).__name__}: {error}"[:300])
        took = _since(began)
        excerpt = await _excerpt(answer)
        return Reply(answer.status_code, took, excerpt, None, retry_after(answer.headers.get("retry-after")))

    async def _send(self, body: str, headers: Mapping[str, str]) -> httpx2.Response:
        goal = target(self._url, allow_private=self._allow_private)
        last: Exception = OSError("no address")
        for address in await self._addresses(goal):
            try:
                return await self._client.send(self._request(address, goal, body, headers), stream=True)
            except httpx2.ConnectError as error:
                last = error
        raise last

    def _request(
        self, address: IPv4Address | IPv6Address, goal: Target, body: str, headers: Mapping[str, str]
    ) -> httpx2.Request:
        url = httpx2.URL(self._url)
        return self._client.build_request(
            "POST",
            url.copy_with(host=str(address)),
            content=body.encode(),
            headers={
                "Host": url.netloc.decode("ascii"),
                "Content-Type": "application/json",
                "User-Agent": USER_AGENT,
                "Accept-Encoding": "identity",
                **headers,
            },
            extensions={"sni_hostname": goal.host},
        )

    async def _addresses(self, goal: Target) -> list[IPv4Address | IPv6Address]:
        """Where to connect: every address the name has must be allowed, for a mixed answer is an attack or a mistake."""
        found = [ip_address(text.partition("%")[0]) for text in await self._resolve(goal.host, goal.port)]
        for address in found:
            check_address(address, allow_private=self._allow_private)
        return found[:MOST_ADDRESSES]


async def _excerpt(answer: httpx2.Response) -> str:
    """The beginning of the answer as text, as far as it comes soon; the rest is never read."""
    held = b""
    with contextlib.suppress(TimeoutError, httpx2.HTTPError):
        async with asyncio.timeout(EXCERPT_SECONDS):
            async for chunk in answer.aiter_raw():
                held += chunk
                if len(held) >= EXCERPT_BYTES:
                    break
    await answer.aclose()
    # NUL is no character of a PostgreSQL text.
    return held[:EXCERPT_BYTES].decode("utf-8", "replace").replace("\0", "\ufffd")


def retry_after(header: str | None, now: datetime | None = None) -> int | None:
    """Seconds of a Retry-After header: a number, or a date (RFC 9110 section 10.2.3). None when it is neither."""
    if header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        return int(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0, round((moment - (now or datetime.now(UTC))).total_seconds()))


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)

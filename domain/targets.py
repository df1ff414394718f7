"""Where a webhook may go: the rules on a URL and on the address its host resolves to. Pure; nobody is asked here.

Rule: https and http only, no credentials, and only addresses of the public internet, unless private ones are allowed
(ORDERMILL_WEBHOOKS_ALLOW_PRIVATE: true, or `loopback` for this machine's own). An IPv4 address hidden in an IPv6 one (mapped,
compatible, 6to4, Teredo, NAT64) is judged as itself. The same rules are asked again at every connection, on the very address
that is connected to.
"""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final, Literal
from urllib.parse import urlsplit

LONGEST_URL: Final = 2_048
VARIABLE: Final = "ORDERMILL_WEBHOOKS_ALLOW_PRIVATE"
Private = bool | Literal["loopback"]
"""Which addresses beside the public ones may be reached: none, all, or those of this machine."""
_LOCAL_NAMES: Final = (".localhost", ".local", ".internal", ".home.arpa")
_NAT64: Final = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
_COMPATIBLE: Final = IPv6Network("::/96")
_SITE_LOCAL: Final = IPv6Network("fec0::/10")


class Refused(ValueError):
    """Nothing may be sent there; the message says why."""


@dataclass(frozen=True)
class Target:
    """A URL that passed, in parts."""

    url: str
    scheme: str
    host: str
    port: int


def target(url: str, *, allow_private: Private) -> Target:
    """The URL's parts. Refused when the URL itself is no place for a webhook; a host name is not looked up."""
    if (
        len(url) > LONGEST_URL
        or not url.isascii()
        or any(c.isspace() or not c.isprintable() for c in url)
        or "\\" in url
    ):
        raise Refused("no URL: printable ASCII without spaces, at most 2,048 characters")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Refused("no URL") from None
    if parts.scheme not in ("http", "https"):
        raise Refused("only https and http URLs")
    if parts.username is not None or parts.password is not None:
        raise Refused("a URL without user name and password")
    if not parts.hostname or port == 0:
        raise Refused("a URL with a host")
    found = Target(url, parts.scheme, parts.hostname, port or (443 if parts.scheme == "https" else 80))
    _check_name(found.host, allow_private)
    return found


def _check_name(host: str, allow_private: Private) -> None:
    """A literal address is judged at once; a spelling that only a resolver reads as one (`127.1`, `0x7f000001`) is refused."""
    try:
        address = ip_address(host)
    except ValueError:
        name = host.rstrip(".").lower()
        last = name.rsplit(".", 1)[-1]
        if not last or last.isdigit() or last.startswith("0x"):
            raise Refused("no host name and no plain address") from None
        own = name == "localhost" or name.endswith(".localhost")
        if (own and not allow_private) or (allow_private is not True and not own and name.endswith(_LOCAL_NAMES)):
            raise Refused(f"a host on the public internet ({_how(loopback=own)})") from None
    else:
        check_address(address, allow_private=allow_private)


def check_address(address: IPv4Address | IPv6Address, *, allow_private: Private) -> None:
    """Refused unless the address is of the public internet, or ones like it are allowed."""
    if allow_private is True or is_public(address) or (allow_private == "loopback" and is_loopback(address)):
        return
    how = _how(loopback=is_loopback(address))
    raise Refused(f"a host on the public internet, not a private, loopback, link-local or reserved address ({how})")


def _how(*, loopback: bool) -> str:
    """Whoever develops on one machine meets this first: it says what to do."""
    if loopback:
        return f"the engine's {VARIABLE}=loopback allows addresses of its own machine, =true every private one"
    return f"the engine's {VARIABLE}=true allows private addresses"


def is_loopback(address: IPv4Address | IPv6Address) -> bool:
    """This machine. Of the ways to write an IPv4 address in an IPv6 one only the mapped one stays on it."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Global unicast, in itself and in every IPv4 address it carries."""
    if isinstance(address, IPv6Address):
        if address.scope_id is not None or address in _SITE_LOCAL:
            return False
        carried = _carried(address)
        if carried:
            return all(is_public(inner) for inner in carried)
    return address.is_global and not (
        address.is_multicast
        or address.is_reserved
        or address.is_unspecified
        or address.is_loopback
        or address.is_link_local
    )


def _carried(address: IPv6Address) -> list[IPv4Address]:
    """IPv4 addresses inside an IPv6 one."""
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    if address.sixtofour is not None:
        return [address.sixtofour]
    if address.teredo is not None:
        return list(address.teredo)
    if address in _COMPATIBLE or any(address in network for network in _NAT64):
        return [IPv4Address(int(address) & 0xFFFFFFFF)]
    return []

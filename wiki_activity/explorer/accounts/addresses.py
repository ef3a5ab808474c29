"""From which address a request really comes, where proxies stand in between."""

import ipaddress
import re
from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.types import Scope

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_WITH_PORT = re.compile(r"\[(?P<v6>[^\]]+)\](?::\d+)?|(?P<v4>[0-9.]+):\d+")
_KEPT = "client_address"


def find_client(scope: Scope, trusted: Sequence[Network]) -> Address | None:
    """Return who asks; None for a peer without an address: a Unix socket, or a call within the process.

    Each proxy adds, at the right of `X-Forwarded-For`, whom it was asked by. So the rightmost address that is no
    trusted proxy's is the last that can be believed; what stands left of it, anybody may have written.
    """
    peer = _parse(scope["client"][0]) if scope.get("client") else None
    if peer is None or not _is_in(peer, trusted):
        return peer
    client = peer
    headers = Headers(scope=scope)
    for text in reversed(forwarded_for(headers) or _read_forwarded(headers, "for")):
        hop = _parse(text)
        if hop is None:
            break
        client = hop
        if not _is_in(hop, trusted):
            break
    return client


def forwarded_for(headers: Headers) -> list[str]:
    """Return the entries of `X-Forwarded-For`, the nearest last."""
    return _split_lines(headers, "x-forwarded-for")


def forwarded_hosts(scope: Scope, trusted: Sequence[Network]) -> list[str]:
    """Return by which names the request came, as proxies that are believed tell it, the nearest last."""
    peer = _parse(scope["client"][0]) if scope.get("client") else None
    if peer is None or not _is_in(peer, trusted):
        return []
    headers = Headers(scope=scope)
    return _split_lines(headers, "x-forwarded-host") or _read_forwarded(headers, "host")


def is_loopback(text: str) -> bool:
    """Tell whether a text is an address of this machine itself."""
    address = _parse(text)
    return address is not None and address.is_loopback


def keep_client(scope: Scope, client: Address | None) -> None:
    """Keep who asks for whoever answers."""
    scope.setdefault("state", {})[_KEPT] = client


def client_key(scope: Scope) -> str:
    """Return what a limit counts a request under: the address; of IPv6 the /64, since one household has all of it."""
    client: Address | None = scope.get("state", {}).get(_KEPT)
    if client is None:
        return "without an address"
    if isinstance(client, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((client, 64), strict=False))
    return str(client)


def _split_lines(headers: Headers, name: str) -> list[str]:
    return [part.strip() for line in headers.getlist(name) for part in line.split(",") if part.strip()]


def _read_forwarded(headers: Headers, name: str) -> list[str]:
    """Return one parameter of `Forwarded` (RFC 7239), hop by hop, the nearest last; empty where a hop says none."""
    found = []
    for hop in _split_lines(headers, "forwarded"):
        match = re.search(rf'(?:^|;)\s*{name}=(?:"([^"]*)"|([^;\s]*))', hop, re.IGNORECASE)
        found.append((match[1] or match[2] or "") if match else "")
    return found


def _parse(text: str) -> Address | None:
    match = _WITH_PORT.fullmatch(text)
    try:
        address = ipaddress.ip_address((match["v6"] or match["v4"]) if match else text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _is_in(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)

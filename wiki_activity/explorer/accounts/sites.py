"""By which names the explorer may be called, and which origins are its own."""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from wiki_activity.explorer.configuration import Auth

_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(?::(\d{1,5}))?")
_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
_PROBES = frozenset({"/healthz", "/readyz", "/metrics"})
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Site:
    """Where the explorer is.

    Parameters
    ----------
    local
        Whether it is reached from this machine only, by whatever port it is bound to.
    scheme, host, port
        Of its public address; without meaning for a local one.
    """

    local: bool
    scheme: str
    host: str
    port: int

    @property
    def authority(self) -> str:
        """The public address's name, with the port where its scheme does not say it."""
        return self.host if self.port == _PORTS[self.scheme] else f"{self.host}:{self.port}"

    def names_it(self, host_header: str, path: str) -> bool:
        """Tell whether a `Host` header is one that this site answers to.

        A name that somebody points at 127.0.0.1 would let their page talk to this one as if it were theirs. Many
        proxies pass on the name without the port. Probes of a process manager know an address and no name, which is
        why they may come by any address.
        """
        found = _split_host(host_header)
        if found is None:
            return False
        host, port = found
        if self.local:
            return host in _LOOPBACK_NAMES
        if host == self.host and port in {None, self.port}:
            return True
        return path in _PROBES and (host in _LOOPBACK_NAMES or _is_address(host))

    def is_own(self, origin: str, host_header: str, scheme: str) -> bool:
        """Tell whether an `Origin` header names this site, given the request's own host and scheme."""
        origin_scheme, divider, rest = origin.lower().partition("://")
        found = _split_host(rest) if divider else None
        asked = _split_host(host_header)
        if found is None or asked is None:
            return False
        port = found[1] or _PORTS.get(origin_scheme, 0)
        if self.local:
            is_same_port = port == (asked[1] or _PORTS.get(scheme, 0))
            return origin_scheme == scheme and found[0] in _LOOPBACK_NAMES and is_same_port
        return (origin_scheme, found[0], port) == (self.scheme, self.host, self.port)


def make_site(auth: Auth, explorer_url: str) -> Site:
    """Make the site of the settings."""
    parts = urlsplit(explorer_url)
    host = parts.hostname or ""
    name = f"[{host}]" if ":" in host else host
    return Site(auth is Auth.LOCAL, parts.scheme, name, parts.port or _PORTS[parts.scheme])


def _split_host(text: str) -> tuple[str, int | None] | None:
    """Return a name and a port; None for the port where the scheme says it."""
    match = _HOST.fullmatch(text.lower())
    if match is None:
        return None
    return match[1], int(match[2]) if match[2] else None


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True

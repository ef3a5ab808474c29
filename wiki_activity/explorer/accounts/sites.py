"""By which names the explorer may be called, and which origins are its own."""

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

    def names_it(self, host_header: str, scheme: str, path: str, *, from_loopback: bool) -> bool:
        """Tell whether a `Host` header is one that this site answers to.

        A name that somebody points at 127.0.0.1 would let their page talk to this one as if it were theirs. Probes
        of a process manager come from the machine itself and do not know the public name.
        """
        found = _split_host(host_header, scheme)
        if found is None:
            return False
        host, port = found
        if self.local:
            return host in _LOOPBACK_NAMES
        if (host, port) == (self.host, self.port):
            return True
        return from_loopback and path in _PROBES and host in _LOOPBACK_NAMES

    def is_own(self, origin: str, host_header: str, scheme: str) -> bool:
        """Tell whether an `Origin` header names this site, given the request's own host and scheme."""
        origin_scheme, divider, rest = origin.lower().partition("://")
        found = _split_host(rest, origin_scheme) if divider else None
        asked = _split_host(host_header, scheme)
        if found is None or asked is None:
            return False
        if self.local:
            return origin_scheme == scheme and found[0] in _LOOPBACK_NAMES and found[1] == asked[1]
        return (origin_scheme, *found) == (self.scheme, self.host, self.port)


def make_site(auth: Auth, explorer_url: str) -> Site:
    """Make the site of the settings."""
    parts = urlsplit(explorer_url)
    host = parts.hostname or ""
    name = f"[{host}]" if ":" in host else host
    return Site(auth is Auth.LOCAL, parts.scheme, name, parts.port or _PORTS[parts.scheme])


def _split_host(text: str, scheme: str) -> tuple[str, int] | None:
    match = _HOST.fullmatch(text.lower())
    if match is None:
        return None
    return match[1], int(match[2]) if match[2] else _PORTS.get(scheme, 0)

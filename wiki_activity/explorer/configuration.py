"""What the environment says of the explorer alone; the rest is in `wiki_activity.settings`."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlsplit

from wiki_activity.settings import LOOPBACK_HOSTS, PREFIX, SettingError, SettingReader

_SHORTEST_KEY = 32


class Auth(StrEnum):
    """How people are known."""

    LOCAL = "local"
    """Whoever reaches the loopback address is the one local person, who may do everything."""
    MEDIAWIKI = "mediawiki"
    """Everybody reads; who wants to write logs in with a Wikimedia account."""


@dataclass(frozen=True, slots=True)
class ExplorerSettings:
    """What is set for the explorer.

    Parameters
    ----------
    auth
        How people are known.
    host, port
        Where to listen.
    dagster_url
        Dagster's pages, without a trailing slash, for links.
    secret_keys
        Secrets that sign what is sent to browsers: the first signs, all are accepted; empty means one made at start.
    oauth_url
        Base of the OAuth 2 endpoints, without a trailing slash.
    oauth_client_id, oauth_client_secret
        As registered with Wikimedia; the second is a secret.
    accounts_url
        Address of the `api.php` that knows accounts on all wikis.
    reviewers
        Account names and central ids (`sub`) that may revert and hide.
    min_edits
        Edits that an account needs before it may annotate.
    trusted_proxies
        Networks whose `X-Forwarded-For` is believed.
    simulated_speed
        Where Wikimedia is simulated, how many times as fast as the clock its live stream runs, which every page says;
        None where it is the real one.
    """

    auth: Auth
    host: str
    port: int
    dagster_url: str
    secret_keys: tuple[str, ...] = field(repr=False)
    oauth_url: str
    oauth_client_id: str
    oauth_client_secret: str = field(repr=False)
    accounts_url: str
    reviewers: frozenset[str]
    min_edits: int
    trusted_proxies: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]
    simulated_speed: float | None = None


def read_explorer_settings(environment: Mapping[str, str]) -> ExplorerSettings:
    """Read the explorer's settings from `WIKI_ACTIVITY_…` variables; an empty one counts as unset.

    Raises
    ------
    SettingError
        Naming the variable and its value, secrets excepted; also where settings do not fit each other.
    """
    read = SettingReader(environment)
    host, port = _read_bind(read.text("EXPLORER_BIND", "127.0.0.1:5000"))
    settings = ExplorerSettings(
        auth=Auth(read.one_of("AUTH", Auth.LOCAL, list(Auth))),
        host=host,
        port=port,
        dagster_url=read.url("DAGSTER_URL", "http://127.0.0.1:3000"),
        secret_keys=tuple(part.strip() for part in read.text("SECRET_KEY", "").split(",") if part.strip()),
        oauth_url=read.url("OAUTH_URL", "https://meta.wikimedia.org/w/rest.php/oauth2"),
        oauth_client_id=read.text("OAUTH_CLIENT_ID", ""),
        oauth_client_secret=read.text("OAUTH_CLIENT_SECRET", ""),
        accounts_url=read.accounts_url(),
        reviewers=frozenset(part.strip() for part in read.text("REVIEWERS", "").split(",") if part.strip()),
        min_edits=int(read.number("MIN_EDITS", 1000, at_least=0, whole=True)),
        trusted_proxies=_read_networks(read.text("TRUSTED_PROXIES", "")),
        simulated_speed=read.number("SIMULATED_SPEED", 0, at_least=0) or None,
    )
    _check(settings)
    return settings


def _check(settings: ExplorerSettings) -> None:
    if settings.auth is Auth.LOCAL:
        if settings.host not in LOOPBACK_HOSTS:
            msg = (
                f"{PREFIX}AUTH=local lets whoever reaches the page write, so {PREFIX}EXPLORER_BIND must be a loopback "
                f"address (127.0.0.1:5000), not {settings.host!r}; for others to reach it set {PREFIX}AUTH=mediawiki"
            )
            raise SettingError(msg)
        return
    missing = [
        PREFIX + name
        for name, value in (
            ("SECRET_KEY", settings.secret_keys),
            ("OAUTH_CLIENT_ID", settings.oauth_client_id),
            ("OAUTH_CLIENT_SECRET", settings.oauth_client_secret),
        )
        if not value
    ]
    if missing:
        msg = f"{PREFIX}AUTH=mediawiki needs {', '.join(missing)}"
        raise SettingError(msg)
    _check_not_in_the_clear("OAUTH_URL", settings.oauth_url)
    _check_not_in_the_clear("ACCOUNTS_URL", settings.accounts_url)
    if any(len(key) < _SHORTEST_KEY for key in settings.secret_keys):
        msg = f"{PREFIX}SECRET_KEY needs at least {_SHORTEST_KEY} characters a key; several are divided by commas"
        raise SettingError(msg)


def check_explorer_url(own: ExplorerSettings, explorer_url: str) -> None:
    """Check that people can log in at the address that the explorer is reached by.

    Raises
    ------
    SettingError
        If it has a path, which the provider's way back would not have, or cookies would cross a network in the clear.
    """
    if own.auth is Auth.LOCAL:
        return
    if urlsplit(explorer_url).path:
        msg = f"{PREFIX}EXPLORER_URL must be scheme and host only, for example https://activity.example.org"
        raise SettingError(msg)
    _check_not_in_the_clear("EXPLORER_URL", explorer_url)


def _check_not_in_the_clear(name: str, url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in LOOPBACK_HOSTS:
        msg = f"{PREFIX}{name} must be https with {PREFIX}AUTH=mediawiki (http only on loopback), not {url!r}"
        raise SettingError(msg)


def _read_bind(text: str) -> tuple[str, int]:
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or port is None or parts.path or parts.query or parts.username:
        msg = f"{PREFIX}EXPLORER_BIND must be HOST:PORT, for example 127.0.0.1:5000, not {text!r}"
        raise SettingError(msg)
    return host, port


def _read_networks(text: str) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    networks = []
    for part in (one.strip() for one in text.split(",") if one.strip()):
        try:
            networks.append(ipaddress.ip_network(part))
        except ValueError as error:
            msg = f"{PREFIX}TRUSTED_PROXIES: {part!r} is no address or network, for example 10.0.0.0/8"
            raise SettingError(msg) from error
    return tuple(networks)

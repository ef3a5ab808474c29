"""The access token of an account at Wikimedia: which hosts may see it, and what becomes of one that is refused."""

import logging
import threading
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

import requests

from wiki_activity.domain.request_budget import RequestBudget
from wiki_activity.settings import LOOPBACK_HOSTS, Settings, hide_credentials

logger = logging.getLogger(__name__)

REFUSALS: Final = frozenset({401, 403})
_CODES: Final = "mwoauth-"
"""Errors of the Action API about a token begin so."""
_OWN: Final = (
    ".wikipedia.org",
    ".wiktionary.org",
    ".wikibooks.org",
    ".wikinews.org",
    ".wikiquote.org",
    ".wikisource.org",
    ".wikiversity.org",
    ".wikivoyage.org",
    ".wikidata.org",
    ".wikifunctions.org",
    ".wikimedia.org",
    ".mediawiki.org",
)
"""Whatever the settings or a list of wikis name besides these does not get the token."""


class AccessToken:
    """An owner-only OAuth 2 access token, sent as `Authorization: Bearer …` to those who may see it and to nobody else.

    Parameters
    ----------
    secret
        The token.
    homes
        Addresses whose hosts may see it, if they are Wikimedia's, by https, or loopback's; `https://{project}/…`
        stands for all wikis.
    per_minute_without
        Requests a minute once it is refused.
    """

    def __init__(self, secret: str, homes: Sequence[str], per_minute_without: float) -> None:
        self._secret = secret
        self._homes = {_find_origin(home.replace("{project}", "www.wikidata.org")) for home in homes}
        self._knows_wikis = any(urlsplit(home).netloc == "{project}" for home in homes)
        self._per_minute_without = per_minute_without
        self._refusing = threading.Lock()
        self.is_refused = False
        """Whether Wikimedia has refused it."""
        self.is_used = False
        """Whether it was sent to anybody."""

    def is_for(self, request: requests.PreparedRequest) -> bool:
        """Tell whether it goes with a request; not where that has a name and password of its own."""
        if self.is_refused or "Authorization" in request.headers:
            return False
        origin = _find_origin(str(request.url))
        return origin is not None and (origin in self._homes or (self._knows_wikis and origin[0] == "https"))

    def sign(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Return a copy of the request that has it."""
        signed = request.copy()
        signed.headers["Authorization"] = f"Bearer {self._secret}"
        self.is_used = True
        return signed

    def refuse(self, url: str, status: int, budget: RequestBudget) -> None:
        """Note that it is refused, say so once, and lower the budget to what is granted without it."""
        with self._refusing:
            if self.is_refused:
                return
            self.is_refused = True
        budget.lower_to(self._per_minute_without)
        logger.warning(
            "%s refuses WIKI_ACTIVITY_TOKEN (%d): going on without it, with at most %.0f requests a minute",
            hide_credentials(url),
            status,
            self._per_minute_without,
        )


def make_token(settings: Settings) -> AccessToken | None:
    """Make the token of the settings, for the addresses that they name; None where there is none."""
    if settings.token is None:
        return None
    homes = (settings.metrics_url, settings.site_matrix_url, settings.accounts_url, settings.siteinfo_url)
    return AccessToken(settings.token, homes, settings.pace_without_token)


def is_about_token(document: Any) -> bool:
    """Tell whether an answer of the Action API says that the token cannot be used, which it may say with 200."""
    error = document.get("error") if isinstance(document, Mapping) else None
    code = error.get("code") if isinstance(error, Mapping) else None
    return isinstance(code, str) and code.startswith(_CODES)


def _find_origin(url: str) -> tuple[str, str, int] | None:
    """Return scheme, host and port of an address at which the token is safe; None for any other."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if host is None or not (host in LOOPBACK_HOSTS or (parts.scheme == "https" and f".{host}".endswith(_OWN))):
        return None
    return parts.scheme, host, port or (443 if parts.scheme == "https" else 80)

"""The OAuth 2 provider, Wikimedia's or one that speaks like it: where to send people, and who came back."""

import logging
from dataclasses import dataclass
from http import HTTPStatus

import msgspec
import requests
from authlib.common.errors import AuthlibBaseError  # type: ignore[import-untyped]
from authlib.integrations.base_client import OAuthError  # type: ignore[import-untyped]
from authlib.integrations.requests_client import OAuth2Session  # type: ignore[import-untyped]

from wiki_activity.bounded_http import AnswerLimits, BoundedAdapter
from wiki_activity.explorer.configuration import ExplorerSettings
from wiki_activity.wikimedia.http import user_agent

logger = logging.getLogger(__name__)

_LIMITS = AnswerLimits(seconds=10, bytes=100_000)
CALLBACK = "/oauth/callback"
_CODES_FAULT = frozenset({"invalid_grant", "invalid_request"})
"""By RFC 6749 the first; the library that MediaWiki uses says the second of a code that was used, or is too old."""


class ProviderError(Exception):
    """The provider did not say who came back; nothing in the message is secret."""


class CodeRefusedError(ProviderError):
    """The provider does not take the code: it was used, is too old, or is another browser's."""


class Profile(msgspec.Struct, frozen=True):
    """What is kept of the answer to `/resource/profile`; its count of edits is of Meta-Wiki alone.

    Parameters
    ----------
    sub
        The account's central id, which stays when its name changes.
    username
        The account's name now; empty where it is hidden.
    blocked
        Whether the account is blocked on Meta-Wiki.
    """

    sub: int | str
    username: str = ""
    blocked: bool = False

    @property
    def id(self) -> str:
        """The central id as text; empty where the account has none, as one that exists on a single wiki alone."""
        text = str(self.sub)
        return text if text.isdecimal() and text.strip("0") else ""


@dataclass(frozen=True, slots=True)
class Provider:
    """The provider of the settings.

    Parameters
    ----------
    own
        Address, id and secret.
    callback_url
        Where people come back to, exactly as registered.
    contact
        For the User-Agent.
    limits
        Of a whole answer.
    """

    own: ExplorerSettings
    callback_url: str
    contact: str
    limits: AnswerLimits = _LIMITS

    def authorize_url(self, state: str, verifier: str) -> str:
        """Return where a browser is sent to log in."""
        with self._session() as session:
            url, _ = session.create_authorization_url(
                f"{self.own.oauth_url}/authorize", state=state, code_verifier=verifier
            )
        return str(url)

    def identify(self, code: str, verifier: str) -> Profile:
        """Ask who came back with a code; the token that this takes is forgotten at once.

        Raises
        ------
        CodeRefusedError
            If the code is not taken.
        ProviderError
            If the provider cannot be reached in time, or answers what it should not.
        """
        try:
            with self._session() as session:
                session.fetch_token(
                    f"{self.own.oauth_url}/access_token",
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=verifier,
                    redirect_uri=self.callback_url,
                    allow_redirects=False,
                )
                profile = self._read_profile(session)
        except OAuthError as error:
            if error.error in _CODES_FAULT:
                logger.warning("the OAuth provider refuses the code of a login: %s", error.error)
                msg = "the code was refused"
                raise CodeRefusedError(msg) from None
            raise ProviderError(_name(error)) from None
        # Authlib lets what is broken in a token's answer out as ValueError, TypeError or KeyError.
        except (AuthlibBaseError, requests.RequestException, ValueError, TypeError, KeyError) as error:
            raise ProviderError(_name(error)) from None
        return profile

    def _read_profile(self, session: OAuth2Session) -> Profile:
        answer = session.get(f"{self.own.oauth_url}/resource/profile", allow_redirects=False)
        if answer.status_code != HTTPStatus.OK:
            msg = f"the profile was answered with {answer.status_code}"
            raise ProviderError(msg)
        return msgspec.json.decode(answer.content, type=Profile)

    def _session(self) -> OAuth2Session:
        session = OAuth2Session(
            self.own.oauth_client_id,
            self.own.oauth_client_secret,
            token_endpoint_auth_method="client_secret_post",  # noqa: S106 - the name of a method
            redirect_uri=self.callback_url,
            code_challenge_method="S256",
        )
        for scheme in ("http://", "https://"):
            session.mount(scheme, BoundedAdapter(self.limits))
        session.headers["User-Agent"] = user_agent(self.contact)
        return session


def _name(error: Exception) -> str:
    # The texts of these errors may quote what was sent.
    return type(error).__name__

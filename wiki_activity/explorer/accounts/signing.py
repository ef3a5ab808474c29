"""What is sent to browsers is signed, so that nothing made up elsewhere is looked up or believed."""

import hashlib
import secrets
from collections.abc import Sequence
from enum import StrEnum

from itsdangerous import BadSignature, Signer

_TOKEN_BYTES = 32
_NONCE_BYTES = 16
_LINK = b"whoever has this may write"


class Purpose(StrEnum):
    """What something is signed for; what is signed for one purpose is worth nothing for another."""

    SESSION = "session"
    LOCAL_SESSION = "local session"
    LINK = "link"
    LOGIN = "login"
    CSRF = "csrf"


class Signatures:
    """Signs with the newest key and accepts all of them, so that keys can change while people are logged in.

    Parameters
    ----------
    keys
        Secrets, the newest first; without any, one is made that lasts as long as the process.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        # itsdangerous signs with the last key of its list.
        newest_last = list(reversed(keys)) or [secrets.token_urlsafe(_TOKEN_BYTES)]
        self._signers = {
            purpose: Signer(
                newest_last, salt=f"wiki_activity {purpose}", key_derivation="hmac", digest_method=hashlib.sha256
            )
            for purpose in Purpose
        }

    def seal(self, purpose: Purpose, text: str) -> str:
        """Return the text with its signature."""
        return self._signers[purpose].sign(text).decode()

    def unseal(self, purpose: Purpose, sealed: str) -> str | None:
        """Return the text again; None where the signature is not ours."""
        try:
            return self._signers[purpose].unsign(sealed).decode()
        except BadSignature:
            return None

    @property
    def link_token(self) -> str:
        """What lets somebody write who does not log in; it stays as long as the newest key does."""
        return self._signers[Purpose.LINK].get_signature(_LINK).decode()

    def is_link_token(self, given: str) -> bool:
        """Tell, in constant time, whether somebody has it, of any of the keys."""
        return self._signers[Purpose.LINK].verify_signature(_LINK, given.encode(errors="replace"))

    def make_csrf_token(self, session: str) -> str:
        """Make a token that goes with a session.

        No two are alike, so that a token cannot be guessed by how well a page compresses.
        """
        nonce = secrets.token_urlsafe(_NONCE_BYTES)
        return f"{nonce}.{self._signers[Purpose.CSRF].get_signature(f'{nonce}.{session}').decode()}"

    def is_csrf_token(self, session: str, given: str) -> bool:
        """Tell, in constant time, whether a token goes with a session."""
        nonce, _, signature = given.partition(".")
        return self._signers[Purpose.CSRF].verify_signature(f"{nonce}.{session}".encode(), signature.encode())


def make_token() -> str:
    """Make 256 random bits, as text for a cookie or an address."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def hash_token(token: str) -> str:
    """Return what is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()

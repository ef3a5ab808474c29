"""Sessions: whose they are, how they begin, are found again and end."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from fastapi import Request
from sqlalchemy import Engine

from wiki_activity.explorer.accounts.cookies import LOCAL_LIFETIME, SESSION_LIFETIME, Cookie
from wiki_activity.explorer.accounts.people import Person, Role
from wiki_activity.explorer.accounts.reviewers import Reviewers
from wiki_activity.explorer.accounts.signing import Purpose, Signatures, hash_token, make_token
from wiki_activity.explorer.accounts.sites import Site
from wiki_activity.storage.sessions import change_role, end_session, find_session, start_session

logger = logging.getLogger(__name__)

LOCAL_PERSON = Person("local", "local", Role.REVIEWER)


@dataclass(frozen=True, slots=True)
class Session:
    """A browser or a script that is known.

    Parameters
    ----------
    person
        Whose it is.
    token
        What only that browser and we know; never shown or logged.
    checked_at
        When it was found what the person may do; None where nobody has to be asked, or it is not known.
    """

    person: Person
    token: str = field(repr=False)
    checked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LocalSessions:
    """Sessions of the one local person: signed, not stored.

    Nobody logs in here. A session begins with the link that was printed at the start, since a proxy may bring in
    anybody without saying so.
    """

    site: Site
    signatures: Signatures
    cookie: Cookie
    clock: Callable[[], datetime]

    def are_stored(self, request: Request) -> bool:  # noqa: ARG002
        """Tell whether the database has to be asked for the request's session."""
        return False

    def find(self, request: Request) -> Session | None:
        """Return the session whose signature is ours and whose time is not over; none for a script of another site."""
        token = self.signatures.unseal(Purpose.LOCAL_SESSION, self.cookie.read(request) or "")
        if token is None or not self._is_ours(request):
            return None
        expires_at = datetime.fromtimestamp(int(token.rpartition("~")[2]), UTC)
        return Session(LOCAL_PERSON, token) if self.clock() < expires_at else None

    def start(self, request: Request, link_token: str) -> Session | None:
        """Begin a session for whoever has the link's token; None for anybody else."""
        if not self._is_ours(request) or not self.signatures.is_link_token(link_token):
            return None
        expires_at = int((self.clock() + LOCAL_LIFETIME).timestamp())
        token = f"{make_token()}~{expires_at}"
        self.cookie.set(request, self.signatures.seal(Purpose.LOCAL_SESSION, token))
        return Session(LOCAL_PERSON, token)

    def end(self, request: Request) -> None:
        """Let the browser forget the session."""
        self.cookie.delete(request)

    def _is_ours(self, request: Request) -> bool:
        host, scheme = request.headers.get("host", ""), request.scope["scheme"]
        return all(self.site.is_own(origin, host, scheme) for origin in request.headers.getlist("origin"))


@dataclass(frozen=True, slots=True)
class StoredSessions:
    """Sessions of people who logged in; the database has them, by the hashes of their tokens only."""

    engine: Engine
    signatures: Signatures
    cookie: Cookie
    clock: Callable[[], datetime]
    reviewers: Reviewers

    def are_stored(self, request: Request) -> bool:
        """Tell whether the database has to be asked for the request's session."""
        return self._read_token(request) is not None

    def find(self, request: Request) -> Session | None:
        """Return the session that the cookie names."""
        token = self._read_token(request)
        stored = None if token is None else find_session(self.engine, hash_token(token), self.clock())
        if token is None or stored is None:
            return None
        role = _ROLES.get(stored.role)
        if role is None:
            logger.error("a session has the unknown role %r; it counts as none", stored.role)
            return None
        if role is Role.REVIEWER and not self.reviewers.include(stored.person_id):
            # Whoever was taken off the list must not go on reviewing until the session is over.
            role = Role.EDITOR
        return Session(Person(stored.person_id, stored.person_name, role), token, stored.checked_at)

    def start(self, request: Request, person: Person) -> Session:
        """Begin a session with a token of its own; the browser's earlier one ends.

        Whoever may not write now goes on on other machines too, but may not write there either.
        """
        self.end(request)
        role, now = person.role.name.lower(), self.clock()
        if not person.may(Role.EDITOR):
            change_role(self.engine, person.id, person_name=person.name, role=role, now=now)
        token = make_token()
        start_session(
            self.engine,
            token_hash=hash_token(token),
            person_id=person.id,
            person_name=person.name,
            role=role,
            now=now,
            lifetime=SESSION_LIFETIME,
        )
        self.cookie.set(request, self.signatures.seal(Purpose.SESSION, token))
        return Session(person, token, now)

    def end(self, request: Request) -> None:
        """End the session in the database, and let the browser forget it."""
        token = self._read_token(request)
        if token is not None:
            end_session(self.engine, hash_token(token))
        self.cookie.delete(request)

    def _read_token(self, request: Request) -> str | None:
        return self.signatures.unseal(Purpose.SESSION, self.cookie.read(request) or "")


_ROLES = {role.name.lower(): role for role in Role}

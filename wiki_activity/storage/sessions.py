"""Who is logged in to the explorer, and logins under way; tokens are known here by their hashes only."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, delete, insert, select, update

from wiki_activity.storage.database import reading, write
from wiki_activity.storage.schema import login_attempts, sessions

LONGEST_LOGIN = timedelta(hours=1)
"""Logins that were begun longer ago are pruned."""

_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class StoredSession:
    """A session that has not ended.

    Parameters
    ----------
    person_id
        Stable, where names change.
    person_name
        As it was at login.
    role
        What they may do, as found at `checked_at`.
    created_at, expires_at
        UTC; it is over at `expires_at`.
    checked_at
        UTC; None where it is not known when the role was found.
    """

    person_id: str
    person_name: str
    role: str
    created_at: datetime
    expires_at: datetime
    checked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class StoredLogin:
    """A login under way: the PKCE verifier, and the local path to go to after it."""

    verifier: str
    next_path: str
    created_at: datetime


def start_session(
    engine: Engine,
    *,
    token_hash: str,
    person_id: str,
    person_name: str,
    role: str,
    now: datetime,
    lifetime: timedelta,
) -> None:
    """Begin a session.

    Parameters
    ----------
    token_hash
        SHA-256 of the token as 64 hexadecimal digits.
    person_id, person_name, role
        As in :class:`StoredSession`.
    now
        UTC.
    lifetime
        When it ends by itself.

    Raises
    ------
    ValueError
        If the hash is none, so that no token is stored by mistake.
    """
    row = {
        "token_hash": _check_hash(token_hash),
        "person_id": person_id,
        "person_name": person_name,
        "role": role,
        "created_at": now,
        "expires_at": now + lifetime,
        "checked_at": now,
    }
    write(engine, lambda connection: connection.execute(insert(sessions).values(row)))


def find_session(engine: Engine, token_hash: str, now: datetime) -> StoredSession | None:
    """Find the session of a token's hash; None where it never was, was ended, or is over."""
    columns = [column for column in sessions.columns if column is not sessions.c.token_hash]
    query = select(*columns).where(sessions.c.token_hash == token_hash, sessions.c.expires_at > now)
    with reading(engine) as connection:
        row = connection.execute(query).first()
    return None if row is None else StoredSession(*row)


def end_session(engine: Engine, token_hash: str) -> bool:
    """End a session; returns whether there was one."""
    query = delete(sessions).where(sessions.c.token_hash == token_hash)
    return write(engine, lambda connection: connection.execute(query).rowcount > 0)


def end_sessions_of(engine: Engine, person_id: str) -> int:
    """End all sessions of a person; returns how many there were."""
    query = delete(sessions).where(sessions.c.person_id == person_id)
    return write(engine, lambda connection: connection.execute(query).rowcount)


def change_role(engine: Engine, person_id: str, *, person_name: str, role: str, now: datetime) -> None:
    """Keep what a person may do, as just found, in all of their sessions."""
    found = {"person_name": person_name, "role": role, "checked_at": now}
    query = update(sessions).where(sessions.c.person_id == person_id).values(found)
    write(engine, lambda connection: connection.execute(query))


def remember_login(engine: Engine, state_hash: str, verifier: str, next_path: str, now: datetime) -> None:
    """Keep what the way back from a login needs, under the SHA-256 of its `state` in hexadecimal digits.

    Raises
    ------
    ValueError
        If the hash is none.
    """
    row = {"state_hash": _check_hash(state_hash), "verifier": verifier, "next": next_path, "created_at": now}
    write(engine, lambda connection: connection.execute(insert(login_attempts).values(row)))


def take_login(engine: Engine, state_hash: str, now: datetime, max_age: timedelta) -> StoredLogin | None:
    """Take a login out of the store: of several who try, one gets it.

    Returns
    -------
    StoredLogin or None
        None where it never was, was taken, or was begun longer than `max_age` ago.
    """
    is_it = login_attempts.c.state_hash == state_hash
    query = select(login_attempts.c.verifier, login_attempts.c.next, login_attempts.c.created_at).where(is_it)

    def take(connection: Connection) -> StoredLogin | None:
        row = connection.execute(query.with_for_update()).first()
        if row is None:
            return None
        connection.execute(delete(login_attempts).where(is_it))
        login = StoredLogin(*row)
        return login if login.created_at + max_age >= now else None

    return write(engine, take)


def prune_sessions(engine: Engine, now: datetime) -> int:
    """Delete sessions that are over and logins begun longer than `LONGEST_LOGIN` ago; returns how many."""
    queries = (
        delete(sessions).where(sessions.c.expires_at <= now),
        delete(login_attempts).where(login_attempts.c.created_at < now - LONGEST_LOGIN),
    )
    return write(engine, lambda connection: sum(connection.execute(query).rowcount for query in queries))


def _check_hash(text: str) -> str:
    if not _HASH.fullmatch(text):
        msg = "a hash of 64 hexadecimal digits is stored, never a token itself"
        raise ValueError(msg)
    return text

"""What accounts are made from, put together once at start, and the session that a request comes with."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from fastapi import FastAPI, Request
from sqlalchemy import Engine

from wiki_activity.explorer.accounts.cookies import LOGIN_LIFETIME, SESSION_LIFETIME, Cookie, make_cookie
from wiki_activity.explorer.accounts.limits import RateLimits
from wiki_activity.explorer.accounts.people import Person
from wiki_activity.explorer.accounts.sessions import LocalSessions, Session, StoredSessions
from wiki_activity.explorer.accounts.signing import Signatures
from wiki_activity.explorer.accounts.sites import Site, make_site
from wiki_activity.explorer.configuration import Auth, ExplorerSettings, check_explorer_url
from wiki_activity.settings import Settings

_KEPT = "kept_session"


@dataclass(frozen=True, slots=True)
class Accounts:
    """The parts of accounts.

    Parameters
    ----------
    site
        Where the explorer is.
    signatures
        Sign what browsers keep.
    sessions
        Of the local person, or of people who logged in.
    login_cookie
        Binds a login to the browser that began it.
    limits
        None where nothing is limited.
    """

    site: Site
    signatures: Signatures
    sessions: LocalSessions | StoredSessions
    login_cookie: Cookie
    limits: RateLimits | None


def install_accounts(
    app: FastAPI, settings: Settings, own: ExplorerSettings, engine: Engine, clock: Callable[[], datetime]
) -> Accounts:
    """Put the parts together for the routes of an application.

    Raises
    ------
    SettingError
        If a login would go over a network in the clear.
    """
    check_explorer_url(own, settings.explorer_url)
    site = make_site(own.auth, settings.explorer_url)
    secure = not site.local and site.scheme == "https"
    signatures = Signatures(own.secret_keys)
    cookie = make_cookie("wa", secure=secure, lifetime=SESSION_LIFETIME)
    sessions: LocalSessions | StoredSessions
    if own.auth is Auth.LOCAL:
        sessions = LocalSessions(site, signatures, cookie, clock)
    else:
        sessions = StoredSessions(engine, signatures, cookie, clock, own.reviewers)
    accounts = Accounts(
        site,
        signatures,
        sessions,
        login_cookie=make_cookie("wa-login", secure=secure, lifetime=LOGIN_LIFETIME),
        limits=None if own.auth is Auth.LOCAL else RateLimits(),
    )
    app.state.accounts = accounts
    return accounts


def accounts_of(request: Request) -> Accounts:
    """Return the accounts behind a request."""
    accounts: Accounts = request.app.state.accounts
    return accounts


def find_session_of(request: Request) -> Session | None:
    """Return the session of a request, looked up once; None where there is none."""
    kept: Session | None
    if hasattr(request.state, _KEPT):
        kept = getattr(request.state, _KEPT)
        return kept
    kept = accounts_of(request).sessions.find(request)
    keep_session(request, kept)
    return kept


def find_or_start_session_of(request: Request) -> Session | None:
    """Return the session of a request; where nobody has to log in for one, it begins now."""
    found = find_session_of(request)
    sessions = accounts_of(request).sessions
    if found is None and isinstance(sessions, LocalSessions):
        found = sessions.start(request)
        keep_session(request, found)
    return found


def find_person(request: Request) -> Person | None:
    """Return who is reading; None for a reader who is not known."""
    sessions = accounts_of(request).sessions
    if isinstance(sessions, LocalSessions):
        return sessions.read_person(request)
    session = find_session_of(request)
    return None if session is None else session.person


def keep_session(request: Request, session: Session | None) -> None:
    """Let the rest of a request see its session."""
    setattr(request.state, _KEPT, session)

"""What accounts are made from, put together once at start, and the session that a request comes with."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from fastapi import FastAPI, Request
from sqlalchemy import Engine

from wiki_activity.explorer.accounts.cookies import (
    LOCAL_LIFETIME,
    LOGIN_LIFETIME,
    SESSION_LIFETIME,
    Cookie,
    make_cookie,
)
from wiki_activity.explorer.accounts.global_accounts import GlobalAccounts
from wiki_activity.explorer.accounts.limits import RateLimits, SharedLimiter
from wiki_activity.explorer.accounts.people import Person
from wiki_activity.explorer.accounts.reviewers import Reviewers
from wiki_activity.explorer.accounts.roles import Roles
from wiki_activity.explorer.accounts.sessions import LocalSessions, Session, StoredSessions
from wiki_activity.explorer.accounts.signing import Signatures
from wiki_activity.explorer.accounts.sites import Site, make_site
from wiki_activity.explorer.configuration import Auth, ExplorerSettings, check_explorer_url
from wiki_activity.settings import Settings

_SESSION = "session"


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
    roles
        None where nobody has to be asked what somebody may do.
    """

    site: Site
    signatures: Signatures
    sessions: LocalSessions | StoredSessions
    login_cookie: Cookie
    limits: RateLimits | None
    roles: Roles | None


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
    sessions: LocalSessions | StoredSessions
    roles: Roles | None = None
    if own.auth is Auth.LOCAL:
        # Browsers send the cookies of one port to all others, where another explorer may listen.
        cookie = make_cookie(f"wa-{own.port}", secure=secure, lifetime=LOCAL_LIFETIME)
        sessions = LocalSessions(site, signatures, cookie, clock)
    else:
        cookie = make_cookie("wa", secure=secure, lifetime=SESSION_LIFETIME)
        known = GlobalAccounts(own.accounts_url, settings.contact)
        reviewers = Reviewers(engine, known, clock, own.reviewers)
        roles = Roles(engine, known, reviewers, clock, own.min_edits)
        sessions = StoredSessions(engine, signatures, cookie, clock, reviewers)
    accounts = Accounts(
        site,
        signatures,
        sessions,
        login_cookie=make_cookie("wa-login", secure=secure, lifetime=LOGIN_LIFETIME),
        limits=None if own.auth is Auth.LOCAL else RateLimits(shared=_share(settings)),
        roles=roles,
    )
    app.state.accounts = accounts
    return accounts


def _share(settings: Settings) -> SharedLimiter | None:
    return None if settings.redis_url is None else SharedLimiter(settings)


def accounts_of(request: Request) -> Accounts:
    """Return the accounts behind a request."""
    accounts: Accounts = request.app.state.accounts
    return accounts


def find_session_of(request: Request) -> Session | None:
    """Return the session of a request, looked up once; None where there is none."""
    kept: Session | None
    if hasattr(request.state, _SESSION):
        kept = getattr(request.state, _SESSION)
        return kept
    kept = accounts_of(request).sessions.find(request)
    keep_session(request, kept)
    return kept


def begin_local_session(request: Request, link_token: str) -> Session | None:
    """Begin a session for whoever has the token of the printed link, where nobody logs in; None for anybody else."""
    sessions = accounts_of(request).sessions
    session = sessions.start(request, link_token) if isinstance(sessions, LocalSessions) else None
    if session is not None:
        keep_session(request, session)
    return session


def find_person(request: Request) -> Person | None:
    """Return who is reading; None for a reader who is not known."""
    session = find_session_of(request)
    return None if session is None else session.person


def keep_session(request: Request, session: Session | None) -> None:
    """Let the rest of a request see its session."""
    setattr(request.state, _SESSION, session)

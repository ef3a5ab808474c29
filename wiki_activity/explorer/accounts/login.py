"""Logging in with a Wikimedia account, and out again."""

import logging
from dataclasses import replace
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from wiki_activity.domain.logged_out import is_logged_out
from wiki_activity.explorer.accounts.addresses import client_key
from wiki_activity.explorer.accounts.cookies import LOGIN_LIFETIME
from wiki_activity.explorer.accounts.dependencies import SignedIn
from wiki_activity.explorer.accounts.global_accounts import AccountsError, GlobalAccount
from wiki_activity.explorer.accounts.limits import too_many
from wiki_activity.explorer.accounts.next_path import local_path
from wiki_activity.explorer.accounts.people import Person, Role
from wiki_activity.explorer.accounts.provider import CALLBACK, CodeRefusedError, Profile, Provider, ProviderError
from wiki_activity.explorer.accounts.roles import Roles
from wiki_activity.explorer.accounts.secret_key import WITHOUT_LINK
from wiki_activity.explorer.accounts.sessions import LocalSessions
from wiki_activity.explorer.accounts.signing import Purpose, hash_token, make_token
from wiki_activity.explorer.accounts.wiring import (
    accounts_of,
    begin_local_session,
    find_session_of,
    keep_session,
)
from wiki_activity.explorer.configuration import Auth
from wiki_activity.explorer.context import CurrentExplorer, Explorer
from wiki_activity.explorer.problems import ProblemError
from wiki_activity.explorer.rendering import render
from wiki_activity.storage.author_names import keep_author_names
from wiki_activity.storage.sessions import StoredLogin, end_sessions_of, prune_sessions, remember_login, take_login

logger = logging.getLogger(__name__)

router = APIRouter(include_in_schema=False)

_NO_STORE = {"Cache-Control": "no-store"}
_AGAIN = "Nothing was changed. Choose Log in to begin again."
_DENIED = "You chose not to let this site know your account. You can read everything without one."
_UNREACHABLE = "The site that knows the accounts did not answer as it should. Reading works; try again in some minutes."
_NOT_GLOBAL = "This account has no number that holds on all wikis, so it cannot be told from others. You can read."
_TEMPORARY = "This is a temporary account, whose name nobody here keeps. You can read everything without one."
_HIDDEN = "Wikimedia knows no such account on all wikis, or has hidden it. You can read everything without one."
_Text = Annotated[str, Query(max_length=4000)]


@router.get("/login")
def begin_login(
    request: Request, explorer: CurrentExplorer, next_path: Annotated[str, Query(alias="next")] = "/", token: _Text = ""
) -> Response:
    """Send a reader to the provider; where nobody logs in, straight on, if they have the printed link's token."""
    accounts, next_path = accounts_of(request), local_path(next_path)
    if explorer.own.auth is Auth.LOCAL:
        if begin_local_session(request, token) is None and find_session_of(request) is None:
            raise ProblemError(HTTPStatus.FORBIDDEN, "So far you can only read here", WITHOUT_LINK, headers=_NO_STORE)
        return RedirectResponse(next_path, HTTPStatus.SEE_OTHER, _NO_STORE)
    wait = accounts.limits.login(client_key(request.scope)) if accounts.limits is not None else 0
    if wait:
        raise too_many("Too many logins", "There were too many logins from this address just now.", wait)
    browser = accounts.signatures.unseal(Purpose.LOGIN, accounts.login_cookie.read(request) or "") or make_token()
    state, verifier, now = make_token(), make_token(), explorer.clock()
    prune_sessions(explorer.engine, now)
    remember_login(explorer.engine, _hash_login(browser, state), verifier, next_path, now)
    accounts.login_cookie.set(request, accounts.signatures.seal(Purpose.LOGIN, browser))
    return RedirectResponse(_provider(explorer).authorize_url(state, verifier), HTTPStatus.SEE_OTHER, _NO_STORE)


@router.get(CALLBACK)
def finish_login(
    request: Request, explorer: CurrentExplorer, state: _Text = "", code: _Text = "", error: _Text = ""
) -> Response:
    """Take back who comes from the provider."""
    login = _take_login(request, explorer, state)
    if error == "access_denied":
        raise ProblemError(HTTPStatus.FORBIDDEN, "You were not logged in", _DENIED)
    if error:
        logger.error("the OAuth provider refuses logins: %.80r", error)
        raise ProblemError(HTTPStatus.BAD_GATEWAY, "Logging in does not work now", _UNREACHABLE)
    if not code:
        raise ProblemError(HTTPStatus.BAD_REQUEST, "You were not logged in", _AGAIN)
    profile = _identify(request, explorer, code, login.verifier)
    account = _look_up(request, explorer, profile)
    roles, sessions = _roles_of(request), accounts_of(request).sessions
    assert not isinstance(sessions, LocalSessions)
    person = Person(account.id, account.name, roles.judge(account))
    keep_author_names(explorer.engine, {account.id: account.name}, explorer.clock())
    keep_session(request, sessions.start(request, person))
    logger.info("account %s logged in as %s", person.id, person.role.name.lower())
    if not person.may(Role.EDITOR):
        return _tell_viewer(request, explorer, account, login.next_path)
    return RedirectResponse(local_path(login.next_path), HTTPStatus.SEE_OTHER, _NO_STORE)


@router.post("/logout")
def log_out(request: Request, person: SignedIn) -> Response:
    """End the session."""
    accounts_of(request).sessions.end(request)
    keep_session(request, None)
    logger.info("account %s logged out", person.id)
    return Response(status_code=HTTPStatus.NO_CONTENT, headers=_NO_STORE)


def _take_login(request: Request, explorer: Explorer, state: str) -> StoredLogin:
    """Take the login that this browser began."""
    accounts = accounts_of(request)
    if explorer.own.auth is Auth.LOCAL:
        raise ProblemError(HTTPStatus.NOT_FOUND, "Not Found", "Nobody logs in here: WIKI_ACTIVITY_AUTH is local.")
    browser = accounts.signatures.unseal(Purpose.LOGIN, accounts.login_cookie.read(request) or "")
    login = None
    if browser is not None and state:
        login = take_login(explorer.engine, _hash_login(browser, state), explorer.clock(), LOGIN_LIFETIME)
    if login is None:
        detail = f"This login was not begun in this browser, was used before, or is over ten minutes old. {_AGAIN}"
        raise ProblemError(HTTPStatus.BAD_REQUEST, "You were not logged in", detail)
    return login


def _identify(request: Request, explorer: Explorer, code: str, verifier: str) -> Profile:
    try:
        with _roles_of(request).accounts.turn():
            return _provider(explorer).identify(code, verifier)
    except CodeRefusedError:
        raise ProblemError(HTTPStatus.BAD_REQUEST, "You were not logged in", _AGAIN) from None
    except (ProviderError, AccountsError) as error:
        logger.error("the OAuth provider does not say who came: %s", error)  # noqa: TRY400 - it may quote secrets
        raise ProblemError(HTTPStatus.BAD_GATEWAY, "Logging in does not work now", _UNREACHABLE) from None


def _look_up(request: Request, explorer: Explorer, profile: Profile) -> GlobalAccount:
    """Ask what all of Wikimedia knows of whoever came back."""
    if not profile.id:
        raise ProblemError(HTTPStatus.FORBIDDEN, "You were not logged in", _NOT_GLOBAL)
    if is_logged_out(profile.username):
        raise ProblemError(HTTPStatus.FORBIDDEN, "You were not logged in", _TEMPORARY)
    roles = _roles_of(request)
    try:
        account = roles.accounts.find(profile.id, profile.username) if profile.username else None
    except AccountsError as error:
        logger.error("it cannot be learned what account %s may do: %s", profile.id, error)  # noqa: TRY400
        raise ProblemError(HTTPStatus.BAD_GATEWAY, "Logging in does not work now", _UNREACHABLE) from None
    if account is None:
        end_sessions_of(explorer.engine, profile.id)
        keep_author_names(explorer.engine, {profile.id: None}, explorer.clock())
        raise ProblemError(HTTPStatus.FORBIDDEN, "You were not logged in", _HIDDEN)
    roles.reviewers.resolve()
    if profile.blocked and not account.barred:
        return replace(account, barred="This account is blocked on Meta-Wiki")
    return account


def _roles_of(request: Request) -> Roles:
    roles = accounts_of(request).roles
    assert roles is not None
    return roles


def _tell_viewer(request: Request, explorer: Explorer, account: GlobalAccount, next_path: str) -> Response:
    return render(
        request,
        "viewer.html",
        status=HTTPStatus.FORBIDDEN if account.barred else HTTPStatus.OK,
        barred=account.barred,
        edits=account.edits,
        needed=explorer.own.min_edits,
        next_path=local_path(next_path),
    )


def _provider(explorer: Explorer) -> Provider:
    return Provider(explorer.own, f"{explorer.settings.explorer_url}{CALLBACK}", explorer.settings.contact)


def _hash_login(browser: str, state: str) -> str:
    return hash_token(f"{browser} {state}")

"""What all of Wikimedia knows of an account: how much it has edited, and whether it is locked or blocked."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from threading import BoundedSemaphore

import msgspec
import requests

from wiki_activity.bounded_http import AnswerLimits, BoundedSession
from wiki_activity.wikimedia.http import user_agent

MOST_AT_ONCE = 8
"""Of all who wait for somebody outside; the pages need the other threads, however long the answers take."""
_TURN_SECONDS = 1.0
_LIMITS = AnswerLimits(seconds=10, bytes=2_000_000)
_META = "metawiki"
_SHOWN = 80


class AccountsError(Exception):
    """It could not be learned; nothing in the message is secret."""


class _Block(msgspec.Struct, frozen=True):
    """One entry of a list of blocks."""

    target: str = ""


class _Local(msgspec.Struct, frozen=True):
    """The account on one wiki; `blocked` holds expiry and reason where it is."""

    wiki: str = ""
    editcount: int = 0
    blocked: object = None


class _Account(msgspec.Struct, frozen=True):
    """`query.globaluserinfo`; a flag may be an empty text in one of the API's formats, or be left out."""

    id: int = 0
    name: str = ""
    home: str = ""
    editcount: int | None = None
    merged: tuple[_Local, ...] = ()
    locked: object = None
    hidden: object = None
    missing: object = None


class _Query(msgspec.Struct, frozen=True):
    globaluserinfo: _Account
    globalblocks: tuple[_Block, ...] = ()


class _Trouble(msgspec.Struct, frozen=True):
    code: str = "no code"
    info: str = ""


class _Answer(msgspec.Struct, frozen=True):
    query: _Query | None = None
    error: _Trouble | None = None


@dataclass(frozen=True, slots=True)
class GlobalAccount:
    """An account as it is on all wikis.

    Parameters
    ----------
    id
        The central one, which stays when the name changes.
    name
        As it is now.
    edits
        On all wikis together.
    barred
        Why it may not write, as a sentence's beginning; empty where it may.
    """

    id: str
    name: str
    edits: int
    barred: str = ""


@dataclass(frozen=True, slots=True)
class GlobalAccounts:
    """Asks Meta-Wiki, or what speaks like it.

    Parameters
    ----------
    url
        Address of `api.php`.
    contact
        For the User-Agent.
    limits
        Of a whole answer.
    """

    url: str
    contact: str
    limits: AnswerLimits = _LIMITS
    _turns: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(MOST_AT_ONCE))

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Be one of the few who wait for an answer, from here or from the provider.

        Raises
        ------
        AccountsError
            If there are as many already.
        """
        if not self._turns.acquire(timeout=_TURN_SECONDS):
            msg = f"{MOST_AT_ONCE} others wait for an answer"
            raise AccountsError(msg)
        try:
            yield
        finally:
            self._turns.release()

    def find(self, person_id: str, name: str) -> GlobalAccount | None:
        """Return the account of a central id; None where there is none, or it is hidden.

        Parameters
        ----------
        person_id
            The central id.
        name
            Its last known name, by which global blocks are looked up.

        Raises
        ------
        AccountsError
            If it cannot be learned, or what came is of another account.
        """
        query = self._ask({"guiid": person_id, "list": "globalblocks", "bgtargets": name, "bglimit": "1"})
        account = query.globaluserinfo
        if _is_gone(account):
            return None
        if str(account.id) != person_id or not account.name.strip():
            msg = f"asked for the account {person_id}, it told of {account.id}, {account.name[:_SHOWN]!r}"
            raise AccountsError(msg)
        edits = sum(one.editcount for one in account.merged) if account.editcount is None else account.editcount
        return GlobalAccount(person_id, account.name, edits, _find_bar(account, query.globalblocks))

    def find_id(self, name: str) -> str | None:
        """Return the central id of the account that is called so now; None where there is none, or it is hidden.

        Raises
        ------
        AccountsError
            If it cannot be learned.
        """
        account = self._ask({"guiuser": name}).globaluserinfo
        return None if _is_gone(account) or account.id <= 0 else str(account.id)

    def _ask(self, parameters: Mapping[str, str]) -> _Query:
        fixed = {"action": "query", "format": "json", "formatversion": "2", "meta": "globaluserinfo"}
        wanted = {**fixed, "guiprop": "editcount|merged", **parameters}
        try:
            answer = msgspec.json.decode(self._get(wanted), type=_Answer)
        except (requests.RequestException, ValueError) as error:
            raise AccountsError(type(error).__name__) from None
        if answer.error is not None:
            msg = f"{answer.error.code}: {answer.error.info}"[:_SHOWN]
            raise AccountsError(msg)
        if answer.query is None:
            msg = "the answer holds no query"
            raise AccountsError(msg)
        return answer.query

    def _get(self, parameters: Mapping[str, str]) -> bytes:
        headers = {"User-Agent": user_agent(self.contact)}
        with self.turn(), BoundedSession(self.limits) as session:
            answer = session.get(self.url, params=parameters, headers=headers, allow_redirects=False)
        if answer.status_code != HTTPStatus.OK:
            msg = f"it was answered with {answer.status_code}"
            raise AccountsError(msg)
        return answer.content


def _is_set(flag: object) -> bool:
    return flag is not None and flag is not False


def _is_gone(account: _Account) -> bool:
    return _is_set(account.missing) or _is_set(account.hidden)


def _find_bar(account: _Account, blocks: Sequence[_Block]) -> str:
    """Say what keeps an account from writing.

    Locked and globally blocked accounts may edit nowhere. Of blocks on single wikis those count that are at the
    account's home: on its home wiki, where it has most of its edits, or on Meta-Wiki, which is where this program's
    people meet. A block on any other of hundreds of wikis says little of somebody who is in good standing at home.
    """
    if _is_set(account.locked):
        return "This account is locked on all wikis"
    if blocks:
        return "This account is blocked on all wikis"
    most = max(account.merged, key=lambda one: one.editcount, default=_Local()).wiki
    at_home = {_META, account.home, most}
    barred = next((one.wiki for one in account.merged if _is_set(one.blocked) and one.wiki in at_home), None)
    return "" if barred is None else f"This account is blocked on {barred}"

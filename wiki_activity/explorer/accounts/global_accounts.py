"""What all of Wikimedia knows of an account: how much it has edited, and whether it is locked or blocked."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

import msgspec
import requests

from wiki_activity.wikimedia.http import user_agent

_META = "metawiki"
_LARGEST_ANSWER = 2_000_000
_SHOWN = 80
_PIECE = 65_536


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
    """`query.globaluserinfo`; flags are there, whatever they hold, or they are not."""

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
    timeout_seconds
        To connect, and between two pieces of an answer.
    most_seconds
        For a whole answer.
    """

    url: str
    contact: str
    timeout_seconds: tuple[float, float] = (5.0, 5.0)
    most_seconds: float = 10.0

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
        if str(account.id) != person_id:
            msg = f"asked for the account {person_id}, it told of {account.id}"
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
        deadline = time.monotonic() + self.most_seconds
        headers = {"User-Agent": user_agent(self.contact)}
        with requests.get(
            self.url, parameters, headers=headers, timeout=self.timeout_seconds, allow_redirects=False, stream=True
        ) as answer:
            if answer.status_code != HTTPStatus.OK:
                msg = f"it was answered with {answer.status_code}"
                raise AccountsError(msg)
            return read_whole(answer, deadline, _LARGEST_ANSWER)


def read_whole(answer: requests.Response, deadline: float, most: int) -> bytes:
    """Return a whole body, unpacked.

    Parameters
    ----------
    answer
        Asked for with `stream=True`.
    deadline
        Monotonic seconds until which it has to be there, give or take one wait for a piece.
    most
        Bytes that it may have.

    Raises
    ------
    requests.RequestException
        If it takes longer, has more, or breaks off.
    """
    body = b""
    # Unlike iter_content this returns what has come, so that a body that drips is noticed.
    while piece := answer.raw.read1(_PIECE, decode_content=True):
        body += piece
        if len(body) > most:
            msg = "the answer is too large"
            raise requests.exceptions.ContentDecodingError(msg)
        if time.monotonic() > deadline:
            msg = "the answer takes too long"
            raise requests.exceptions.ReadTimeout(msg)
    return body


def _is_gone(account: _Account) -> bool:
    return account.missing is not None or account.hidden is not None


def _find_bar(account: _Account, blocks: Sequence[_Block]) -> str:
    """Say what keeps an account from writing.

    Locked and globally blocked accounts may edit nowhere. Of blocks on single wikis those count that are at the
    account's home: on its home wiki, where it has most of its edits, or on Meta-Wiki, which is where this program's
    people meet. A block on any other of hundreds of wikis says little of somebody who is in good standing at home.
    """
    if account.locked is not None:
        return "This account is locked on all wikis"
    if blocks:
        return "This account is blocked on all wikis"
    most = max(account.merged, key=lambda one: one.editcount, default=_Local()).wiki
    at_home = {_META, account.home, most}
    barred = next((one.wiki for one in account.merged if one.blocked is not None and one.wiki in at_home), None)
    return "" if barred is None else f"This account is blocked on {barred}"

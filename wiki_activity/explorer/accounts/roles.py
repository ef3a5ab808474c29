"""What an account may do: found at login, and again before it writes."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from sqlalchemy import Engine

from wiki_activity.explorer.accounts.global_accounts import AccountsError, GlobalAccount, GlobalAccounts
from wiki_activity.explorer.accounts.people import Person, Role
from wiki_activity.explorer.accounts.reviewers import Reviewers
from wiki_activity.explorer.accounts.sessions import Session
from wiki_activity.explorer.problems import ProblemError
from wiki_activity.storage.author_names import keep_author_names
from wiki_activity.storage.sessions import change_role, end_sessions_of

logger = logging.getLogger(__name__)

FRESH = timedelta(minutes=10)
"""So long nobody is asked again."""
USABLE = timedelta(hours=1)
"""So long a role serves while nobody can be asked."""
_GONE = "Wikimedia knows no such account any more, or has hidden it. You can read everything without one."
_AWAY = "What your account may do cannot be found out now. Nothing is lost; try again in a minute."


@dataclass(frozen=True, slots=True)
class Roles:
    """Finds roles, by what all of Wikimedia knows of an account.

    Parameters
    ----------
    engine
        Keeps them with the sessions.
    accounts
        Who is asked.
    reviewers
        Who reviews.
    clock
        Tells the time, UTC.
    min_edits
        Edits on all wikis together that an account needs before it may write.
    """

    engine: Engine
    accounts: GlobalAccounts
    reviewers: Reviewers
    clock: Callable[[], datetime]
    min_edits: int

    def judge(self, account: GlobalAccount) -> Role:
        """Say what an account may do: a block outweighs all, being a reviewer outweighs few edits."""
        if account.barred:
            return Role.VIEWER
        if self.reviewers.include(account.id):
            return Role.REVIEWER
        return Role.EDITOR if account.edits >= self.min_edits else Role.VIEWER

    def renew(self, session: Session) -> Person:
        """Return who writes in a session, with a role that is not old.

        Raises
        ------
        ProblemError
            403 if the account is gone; 503 if nobody can be asked and the role is too old.
        """
        person, now = session.person, self.clock()
        age = None if session.checked_at is None else now - session.checked_at
        if age is not None and age < FRESH:
            return person
        try:
            account = self._ask(person)
        except AccountsError:
            if age is not None and age <= USABLE:
                return person
            raise _away() from None
        role = self.judge(account)
        change_role(self.engine, person.id, person_name=account.name, role=role.name.lower(), now=now)
        return Person(person.id, account.name, role)

    def refuse_barred(self, person: Person) -> None:
        """Let nobody propose who is blocked or locked; few edits are no bar.

        Raises
        ------
        ProblemError
            403 with the reason, or if the account is gone; 503 if nobody can be asked.
        """
        try:
            account = self._ask(person)
        except AccountsError:
            raise _away() from None
        if account.barred:
            raise ProblemError(HTTPStatus.FORBIDDEN, "Not allowed", f"{account.barred}: it cannot write here.")

    def _ask(self, person: Person) -> GlobalAccount:
        try:
            account = self.accounts.find(person.id, person.name)
        except AccountsError as error:
            logger.warning("the role of account %s cannot be found again: %s", person.id, error)
            raise
        if account is None:
            end_sessions_of(self.engine, person.id)
            keep_author_names(self.engine, {person.id: None}, self.clock())
            raise ProblemError(HTTPStatus.FORBIDDEN, "Not allowed", _GONE)
        return account


def _away() -> ProblemError:
    return ProblemError(
        HTTPStatus.SERVICE_UNAVAILABLE, "Your role is not known now", _AWAY, headers={"Retry-After": "60"}
    )

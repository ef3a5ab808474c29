"""Who reviews: accounts that are named in the settings, by their central ids, which nobody can take over."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Engine

from wiki_activity.explorer.accounts.global_accounts import AccountsError, GlobalAccounts
from wiki_activity.storage.reviewers import find_reviewer_ids, keep_reviewer_id

_PAUSE = timedelta(minutes=10)
"""So long a name is not looked up again that could not be, or that nobody bears."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reviewers:
    """The reviewers of the settings.

    A name is looked up once, and the account that bore it then is kept: whoever is called so later, after a renaming,
    does not inherit anything. A number is an id, never a name: anybody may register an account that is called like one.

    Parameters
    ----------
    engine
        Keeps what names were found to be.
    accounts
        Knows which account bears a name.
    clock
        Tells the time, UTC.
    named
        Names and ids.
    """

    engine: Engine
    accounts: GlobalAccounts
    clock: Callable[[], datetime]
    named: frozenset[str]
    _known: dict[str, str] = field(default_factory=dict)
    _tried: dict[str, datetime] = field(default_factory=dict)

    def include(self, person_id: str) -> bool:
        """Tell whether an account is among them, as far as their names have been looked up."""
        if person_id in self.named:
            return True
        unknown = self._names() - self._known.keys()
        if unknown:
            self._known.update(find_reviewer_ids(self.engine, unknown))
        return person_id in {self._known[name] for name in self._names() & self._known.keys()}

    def resolve(self) -> None:
        """Look up the names that have not been looked up yet; one that cannot be is left for the next time."""
        self.include("")
        now = self.clock()
        for name in sorted(self._names() - self._known.keys()):
            if name in self._tried and now - self._tried[name] < _PAUSE:
                continue
            self._tried[name] = now
            try:
                person_id = self.accounts.find_id(name)
            except AccountsError as error:
                logger.warning("the reviewer %.80r cannot be looked up now: %s", name, error)
                return
            if person_id is None:
                logger.warning("there is no account of the name %.80r, which WIKI_ACTIVITY_REVIEWERS holds", name)
                continue
            self._known[name] = keep_reviewer_id(self.engine, name, person_id, now)

    def _names(self) -> set[str]:
        return {one for one in self.named if not one.isdecimal()}

"""What everybody needs who asks: clients as they are used here, the limit of requests, and what cannot be told."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Protocol

from wiki_activity.domain.counts import DailyCounts, Series
from wiki_activity.domain.imports import Import
from wiki_activity.domain.revision_labels import Account, Revision
from wiki_activity.wikimedia.action_api import Revisions
from wiki_activity.wikimedia.dashboard import Course, Programme
from wiki_activity.wikimedia.request_meter import RequestMeter
from wiki_activity.wikimedia.top_lists import TopPage

MOST_REQUESTS: Final = 14
"""For one month; what would take more is left as a gap."""


Limited = Callable[[int], AbstractContextManager[RequestMeter]]
"""Lets so many requests be sent at most within it, and counts them."""


def count_none(most: int) -> AbstractContextManager[RequestMeter]:
    """Count none, for those who send none."""
    return nullcontext(RequestMeter(most))


class GapError(Exception):
    """What a source cannot tell, and why."""


class Days(Protocol):
    """What answers a wiki's days."""

    def get_days(self, project: str, series: Series, first: date, last: date) -> DailyCounts:
        """Get the days from `first` to `last`, both included."""


class TopLists(Protocol):
    """What answers the lists of a month."""

    def get_top_editors(self, project: str, month: date) -> list[int]:
        """Get the edits of the most active accounts, most first."""

    def get_top_bots(self, project: str, month: date) -> dict[str, int]:
        """Get the edits of the most active bots."""

    def get_top_pages(self, project: str, month: date) -> list[TopPage]:
        """Get the pages that were edited most."""

    def get_most_viewed(self, project: str, month: date) -> list[TopPage]:
        """Get the pages that were viewed most."""


class Wiki(Protocol):
    """What answers for a wiki itself."""

    def get_revisions(self, project: str, first: datetime, until: datetime, goes_on: str | None = None) -> Revisions:
        """Get up to 500 revisions from a moment on."""

    def get_accounts(self, project: str, names: Sequence[str]) -> dict[str, Account]:
        """Get what is known of up to 50 accounts."""

    def get_contributions(
        self, project: str, names: Sequence[str], first: datetime, until: datetime
    ) -> dict[str, list[Revision]]:
        """Get all that some people did from one moment to another, by name."""

    def list_imports(self, project: str, first: datetime, until: datetime) -> list[Import]:
        """List up to 500 imports from one moment to another."""

    def get_tag_names(self, project: str) -> dict[str, str]:
        """Get what tags are called."""

    def find_existing(self, project: str, titles: Sequence[str]) -> set[str]:
        """Find which pages exist."""


class Programmes(Protocol):
    """What answers for programmes of teaching and editing together."""

    def list_courses(self, project: str, year: int) -> list[Course]:
        """List those of a wiki that were entered in a year."""

    def get_course(self, slug: str, project: str) -> Programme | None:
        """Get one, with what it did on a wiki; None where it is not public."""


@dataclass(slots=True)
class Requests:
    """Counts the requests of one month, and ends them at the limit."""

    sent: int = 0

    @property
    def are_left(self) -> bool:
        """Whether another one may be sent."""
        return self.sent < MOST_REQUESTS

    def count(self) -> None:
        """Count one that is about to be sent.

        Raises
        ------
        GapError
            When there were enough.
        """
        if not self.are_left:
            msg = f"{MOST_REQUESTS} requests were sent for this month; no more are"
            raise GapError(msg)
        self.sent += 1

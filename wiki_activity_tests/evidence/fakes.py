"""A Wikimedia that tells of one campaign, and fails where it is told to."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Engine

from wiki_activity.domain.counts import DailyCounts, Series
from wiki_activity.domain.imports import Import
from wiki_activity.domain.peaks import Detector
from wiki_activity.domain.revision_blocks import BLOCK
from wiki_activity.domain.revision_labels import Account, Revision
from wiki_activity.evidence.explaining import Explainer, Services
from wiki_activity.wikimedia.action_api import Revisions
from wiki_activity.wikimedia.answer_errors import NotFoundError, UnreachableError
from wiki_activity.wikimedia.dashboard import Course, Programme
from wiki_activity.wikimedia.top_lists import TopPage

NOW = datetime(2026, 10, 8, 12, 0, tzinfo=UTC)
NAMES = [f"Known Person {number}" for number in range(60)]
"""Of accounts: none of them may be found anywhere afterwards."""


@dataclass
class FakeWikimedia:
    """Answers like the clients.

    Parameters
    ----------
    broken
        Names of the methods that meet no answer.
    asked
        Names of the methods that were called, in order.
    hashtag
        That four of five edits of the second half of a month carry, from a year on.
    """

    broken: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    hashtag: str = "wpwp"
    bots: frozenset[str] = frozenset()
    since: datetime = datetime(2025, 1, 1, tzinfo=UTC)
    per_day: int = 2_000

    def explainer(self, engine: Engine) -> Explainer:
        services = Services(days=self, lists=self, wiki=self, programmes=self, get_content=self.get_content)
        return Explainer(engine, services, Detector.SEASONAL, 30, lambda: NOW)

    def get_content(self, project: str) -> tuple[int, ...]:
        self._called("get_content")
        return (0,)

    def get_days(self, project: str, series: Series, first: date, last: date) -> DailyCounts:
        self._called("get_days")
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        return {day: self.per_day * (3 if day.day > 15 else 1) for day in days}

    def list_courses(self, project: str, year: int) -> list[Course]:
        self._called("list_courses")
        return [Course("Org/Course", 12)]

    def get_course(self, slug: str, project: str) -> Programme | None:
        self._called("get_course")
        return Programme("A course", f"https://dashboard.example.org/{slug}", self.since, NOW)

    def get_contributions(
        self, project: str, names: Sequence[str], first: datetime, until: datetime
    ) -> dict[str, list[Revision]]:
        self._called("get_contributions")
        return {}

    def list_imports(self, project: str, first: datetime, until: datetime) -> list[Import]:
        self._called("list_imports")
        return []

    def get_top_editors(self, project: str, month: date) -> list[int]:
        self._called("get_top_editors")
        return [900, 800, 700, 600, 500, 400, 300, 200, 100, 90]

    def get_top_bots(self, project: str, month: date) -> dict[str, int]:
        self._called("get_top_bots")
        return {"ExampleBot": 100_000 if month >= self.since.date() else 5_000}

    def get_top_pages(self, project: str, month: date) -> list[TopPage]:
        self._called("get_top_pages")
        pages = [TopPage("Delhi", 300), TopPage("Wikipedia:Village pump", 200)]
        return [*pages, TopPage("Wikipedia:A contest", 150)] if month >= self.since.date() else pages

    def get_most_viewed(self, project: str, month: date) -> list[TopPage]:
        self._called("get_most_viewed")
        raise NotFoundError("nothing")

    def get_revisions(
        self,
        project: str,
        first: datetime,
        until: datetime,
        goes_on: str | None = None,
    ) -> Revisions:
        self._called("get_revisions")
        found = [self._make(first + timedelta(seconds=40 * n), n) for n in range(BLOCK)]
        return Revisions(tuple(one for one in found if one.at <= until), None)

    def get_accounts(self, project: str, names: Sequence[str]) -> dict[str, Account]:
        self._called("get_accounts")
        return {name: Account(name in self.bots, datetime(2015, 1, 1, tzinfo=UTC)) for name in names}

    def get_tag_names(self, project: str) -> dict[str, str]:
        self._called("get_tag_names")
        return {}

    def find_existing(self, project: str, titles: Sequence[str]) -> set[str]:
        self._called("find_existing")
        return set(titles)

    def _make(self, at: datetime, number: int) -> Revision:
        # Two of three edits of the busy days are the campaign's, and of those four of five carry the hashtag.
        marked = at > self.since and at.day > 15 and number % 3 != 0 and number % 5 != 0
        user = NAMES[number % len(NAMES)]
        return Revision(at, user, 0, (), frozenset({self.hashtag}) if marked and self.hashtag else frozenset())

    def _called(self, name: str) -> None:
        self.asked.append(name)
        if name in self.broken:
            msg = f"{name}: no answer"
            raise UnreachableError(msg)

"""Who is asked about a peak, and what is kept of the answers: counts, and no name of an account that is no bot."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, Protocol

from wiki_activity.domain.counts import DailyCounts, Metric, Series
from wiki_activity.domain.findings import LEAST_SHARE, Source
from wiki_activity.domain.logged_out import is_logged_out
from wiki_activity.domain.months import shift_month
from wiki_activity.domain.page_titles import PageKind, find_page_kind
from wiki_activity.domain.revision_blocks import BLOCK, Account, Blocks, Revision, count_blocks, place_blocks
from wiki_activity.evidence.measuring import is_explained, needs_usual, read_days
from wiki_activity.evidence.questions import Question
from wiki_activity.wikimedia.action_api import Revisions
from wiki_activity.wikimedia.answer_errors import NotFoundError, WikimediaError
from wiki_activity.wikimedia.dashboard import Course, Programme
from wiki_activity.wikimedia.top_lists import TopPage

MOST_REQUESTS: Final = 14
"""For one month; what would take more is left as a gap."""
_BLOCKS: Final = 3
_NAMES: Final = 50
_NEWEST: Final = 15
_TOP: Final = 10
_COURSES: Final = 3
_EARLY_MONTHS: Final = 2
"""A course of these months may have been entered the year before."""
_PROJECT_PAGES: Final = 3
_WIDELY_VIEWED: Final = 50
_USUAL: Final = (timedelta(weeks=52), timedelta(weeks=13))
"""So long before, on the same day of the week: what comes each year, and what is done since a while, are usual both."""
_CONTENT_PAGES: Final = 3


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

    def get_tag_names(self, project: str) -> dict[str, str]:
        """Get what tags are called."""

    def find_existing(self, project: str, titles: Sequence[str]) -> set[str]:
        """Find which pages exist."""


class Programmes(Protocol):
    """What answers for programmes of teaching and editing together."""

    def list_courses(self, project: str, year: int) -> list[Course]:
        """List those of a wiki that were entered in a year."""

    def get_course(self, slug: str) -> Programme | None:
        """Get one; None where it is not public."""


@dataclass(slots=True)
class Asking:
    """Asks the sources about one month, with a limit of requests.

    Parameters
    ----------
    question
        The month.
    days, lists, wiki, programmes
        Clients.
    content
        Numbers of the wiki's namespaces of content.
    requests
        Sent so far.
    """

    question: Question
    days: Days
    lists: TopLists
    wiki: Wiki
    programmes: Programmes
    content: Collection[int] = ()
    requests: int = 0

    def ask(self, source: Source, known: Mapping[Source, Mapping[str, Any]]) -> dict[str, Any]:
        """Ask one source; nothing, where others explain most of the rise, but for the pages, which are links to follow.

        Parameters
        ----------
        known
            What other sources have answered; the revisions need the days.

        Raises
        ------
        GapError
            When it cannot tell.
        WikimediaError
            When it could not be read.
        """
        if source is not Source.PAGES and is_explained(self.question, known):
            return {}
        if source is Source.DAYS:
            return self._ask_days()
        if source is Source.REVISIONS:
            return self._ask_revisions(known)
        if source is Source.EDITORS:
            return self._ask_bots() if self.question.metric is Metric.EDITS else self._ask_editors()
        return self._ask_pages() if source is Source.PAGES else self._ask_programmes()

    def _ask_bots(self) -> dict[str, Any]:
        one = self.question
        now, before = (self._list_bots(month) for month in (one.month, shift_month(one.month, -12)))
        busiest = sorted(now, key=lambda bot: -now[bot])[:_TOP]
        if any(now[bot] - before.get(bot, 0) >= LEAST_SHARE * (one.value - one.expected) for bot in busiest):
            # One that began since then, and goes on, is usual by now.
            for bot, edits in self._list_bots(shift_month(one.month, -3)).items():
                before[bot] = max(edits, before.get(bot, 0))
        return {"bots": [[bot, now[bot], before.get(bot, 0)] for bot in busiest]}

    def _list_bots(self, month: date) -> dict[str, int]:
        self._count()
        try:
            return self.lists.get_top_bots(self.question.project, month)
        except NotFoundError:
            return {}

    def _ask_days(self) -> dict[str, Any]:
        one = self.question
        last = shift_month(one.month, 1) - timedelta(days=1)
        self._count()
        days = self.days.get_days(one.project, one.series, one.month, last)
        if not sum(days.values()):
            msg = "no day of the month has any edits there"
            raise GapError(msg)
        return {day.isoformat(): count for day, count in days.items()}

    def _ask_editors(self) -> dict[str, Any]:
        one = self.question
        self._count()
        top = self.lists.get_top_editors(one.project, one.month)[:_TOP]
        # A year before is asked for only where these could be much of the rise.
        before: list[int] | None = None
        if sum(top) >= 2 * LEAST_SHARE * (one.value - one.expected):
            self._count()
            try:
                before = self.lists.get_top_editors(one.project, shift_month(one.month, -12))[:_TOP]
            except NotFoundError:
                before = []
        return {"top": top, "before": before}

    def _ask_pages(self) -> dict[str, Any]:
        one, rise = self.question, self.question.value - self.question.expected
        self._count()
        pages = self.lists.get_top_pages(one.project, one.month)
        content = [page for page in pages if find_page_kind(page.title) is PageKind.CONTENT][:_CONTENT_PAGES]
        content = [page for page in content if page.count >= LEAST_SHARE * rise]
        projects = _list_projects(pages[:_NAMES])
        before = self._list_pages_before() if content or projects else []
        told: list[tuple[TopPage, int, str]] = []
        usual = {_without_digits(page.title): page.count for page in reversed(before)}
        for page in content:
            usually = usual.get(_without_digits(page.title), 0)
            if page.count - usually >= LEAST_SHARE * rise:
                told += [(page, usually, "news")] if self._is_widely_viewed(page) else []
                break
        known = {page.title for page in _list_projects(before)}
        told += [(page, 0, "project") for page in projects if page.title not in known][:_PROJECT_PAGES]
        if told:
            self._count()
            existing = self.wiki.find_existing(one.project, [page.title for page, _, _ in told])
            told = [one for one in told if one[0].title in existing]
        return {"pages": [[page.title, page.count, usually, what] for page, usually, what in told]}

    def _ask_programmes(self) -> dict[str, Any]:
        one = self.question
        self._count()
        courses = self.programmes.list_courses(one.project, one.month.year)
        if one.month.month <= _EARLY_MONTHS:
            self._count()
            courses = [*courses, *self.programmes.list_courses(one.project, one.month.year - 1)]
        found = []
        for course in sorted(courses, key=lambda course: -course.people)[:_COURSES]:
            self._count()
            known = self.programmes.get_course(course.slug)
            if known is not None and known.first < one.until and known.last >= one.first:
                found.append([known.title, known.url, f"{known.first:%Y-%m-%d}", f"{known.last:%Y-%m-%d}"])
        return {"programmes": found}

    def _is_widely_viewed(self, page: TopPage) -> bool:
        self._count()
        try:
            viewed = self.lists.get_most_viewed(self.question.project, self.question.month)
        except NotFoundError:
            return False
        return page.title in {one.title for one in viewed[:_WIDELY_VIEWED]}

    def _list_pages_before(self) -> list[TopPage]:
        self._count()
        try:
            return self.lists.get_top_pages(self.question.project, shift_month(self.question.month, -12))
        except NotFoundError:
            return []

    def _ask_revisions(self, known: Mapping[Source, Mapping[str, Any]]) -> dict[str, Any]:
        one = self.question
        if Source.DAYS not in known:
            msg = "the days of the month, by which revisions are chosen, could not be read"
            raise GapError(msg)
        days = read_days(one, known[Source.DAYS])
        blocks, whole = self._read_month(days, one.expected / one.length)
        accounts = self._ask_accounts([revision for block in blocks for revision in block])
        peak = count_blocks(blocks, self.content, accounts, (one.first, one.until), whole=whole)
        if not peak.blocks:
            msg = "no edits of content pages were among the revisions of the month"
            raise GapError(msg)
        usual = Blocks(())
        for before in _USUAL:
            if needs_usual(one, peak, usual, days):
                begin = max(blocks, key=len)[0].at - before
                some = (begin, begin + timedelta(days=31))
                self._count()
                revisions = self.wiki.get_revisions(one.project, *some).revisions
                counted = count_blocks([revisions], self.content, accounts, some, common=peak.accounts)
                usual = Blocks((*usual.blocks, *counted.blocks))
        return {"peak": peak.save(), "usual": usual.save(), "tags": self._name_tags(peak)}

    def _read_month(self, days: Mapping[date, int], usual_day: float) -> tuple[list[Sequence[Revision]], bool]:
        """Read the whole month where that is as few requests as blocks of it."""
        one = self.question
        if sum(days.values()) <= _BLOCKS * BLOCK * 2 // 3:
            found: list[Revision] = []
            goes_on: str | None = None
            for _ in range(_BLOCKS):
                self._count()
                part = self.wiki.get_revisions(one.project, one.first, one.until - timedelta(seconds=1), goes_on)
                found += part.revisions
                goes_on = part.goes_on
                if goes_on is None:
                    return [found], True
                if not part.revisions or part.revisions[-1].at < one.first + (one.until - one.first) / _BLOCKS / 2:
                    break
            # More than the days say, on other pages: what was read is the beginning of the month.
        begins = place_blocks(days, usual_day, _BLOCKS, f"{one.project} {one.month}")
        if not begins:
            msg = "no day of the month was busier than a usual one"
            raise GapError(msg)
        blocks: list[Sequence[Revision]] = []
        for begin in begins:
            self._count()
            blocks.append(self.wiki.get_revisions(one.project, begin, one.until - timedelta(seconds=1)).revisions)
        return blocks, False

    def _ask_accounts(self, revisions: Sequence[Revision]) -> dict[str, Account]:
        edits = Counter(
            one.user
            for one in revisions
            if one.user is not None and one.namespace in self.content and not is_logged_out(one.user)
        )
        # A name with a bar in it cannot be, and would be taken for two.
        known = [name for name, _ in edits.most_common() if "|" not in name]
        # Besides the busiest those with the highest numbers: where the new ones begin among them tells of all others.
        whose, numbers = set(known), dict[str, int]()
        for one in revisions:
            if one.user in whose and one.account_id:
                numbers[one.user] = one.account_id
        newest = sorted(numbers, key=lambda name: -numbers[name])[:: max(1, len(numbers) // (2 * _NEWEST))][:_NEWEST]
        names = list(dict.fromkeys([*known[: _NAMES - _NEWEST], *newest, *known]))[:_NAMES]
        if not names:
            return {}
        self._count()
        return self.wiki.get_accounts(self.question.project, names)

    def _name_tags(self, peak: Blocks) -> dict[str, str]:
        tags = {label.removeprefix("tool ") for label in peak.accounts if label.startswith("tool ")}
        if not any(tag.startswith("OAuth CID") for tag in tags) or self.requests >= MOST_REQUESTS:
            return {}
        self._count()
        try:
            names = self.wiki.get_tag_names(self.question.project)
        except WikimediaError:
            # The tag itself says which tool it is, if less well.
            return {}
        return {tag: names[tag] for tag in sorted(tags) if tag in names}

    def _count(self) -> None:
        if self.requests >= MOST_REQUESTS:
            msg = f"{MOST_REQUESTS} requests were sent for this month; no more are"
            raise GapError(msg)
        self.requests += 1


def _list_projects(pages: Sequence[TopPage]) -> list[TopPage]:
    """List the pages of projects and events, each with what is under it: there, titles are often names of people."""
    edits: Counter[str] = Counter()
    for page in pages:
        if find_page_kind(page.title) in {PageKind.PROJECT, PageKind.EVENT}:
            edits[page.title.partition("/")[0].strip()] += page.count
    return [TopPage(title, count) for title, count in edits.most_common()]


def _without_digits(title: str) -> str:
    """Take a page of one year, such as that of who died in it, for that of another."""
    return "".join(character for character in title if not character.isdigit())

"""Who is asked about a peak, and what is kept of the answers: counts, and no name of an account that is no bot."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.findings import LEAST_ACCOUNTS, LEAST_SHARE, FindingKind, Source
from wiki_activity.domain.months import shift_month
from wiki_activity.domain.page_titles import PageKind, find_page_kind
from wiki_activity.evidence.asking import Days, GapError, Programmes, Requests, TopLists, Wiki
from wiki_activity.evidence.measuring import are_usual_ten, explain_most
from wiki_activity.evidence.questions import Question
from wiki_activity.evidence.revision_source import RevisionSource
from wiki_activity.wikimedia.answer_errors import NotFoundError
from wiki_activity.wikimedia.dashboard import Course
from wiki_activity.wikimedia.top_lists import TopPage

_TOP: Final = 10
_DAYS_TIMES: Final = 2.0
"""Counts are corrected each month, but not by that much."""
_NAMES: Final = 50
_COURSES: Final = 3
_EARLY_MONTHS: Final = 2
"""A course of these months may have been entered the year before."""
_ENTERED_BEFORE: Final = timedelta(days=120)
_PROJECT_PAGES: Final = 3
_WIDELY_VIEWED: Final = 50
_CONTENT_PAGES: Final = 3
_WITH_PAGES: Final = frozenset({FindingKind.HASHTAG, FindingKind.TEMPLATE})
"""What explains a rise and may have a page of its own, which is worth a link."""


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
    known_days
        Edits of each day of the month, where they are stored already.
    requests
        Sent so far.
    answered, silent
        Services of Wikimedia that answered, and those that did not at all.
    """

    question: Question
    days: Days
    lists: TopLists
    wiki: Wiki
    programmes: Programmes
    content: Collection[int] = ()
    known_days: Mapping[date, int] | None = None
    requests: Requests = field(default_factory=Requests)
    answered: set[Source] = field(default_factory=set)
    silent: set[Source] = field(default_factory=set)

    @property
    def is_unanswered(self) -> bool:
        """Whether nobody answered who was asked, as far as could be asked."""
        return bool(self.silent) and not self.answered

    def needs(self, source: Source, known: Mapping[Source, Mapping[str, Any]]) -> bool:
        """Tell whether a source could still change what is told.

        Where most of the rise is explained, nobody is asked any more, but for the pages, where there may be a link to
        follow. Programmes and the busiest editors have accounts, so a wave of people without one is not theirs.

        Parameters
        ----------
        known
            What other sources have answered.
        """
        kinds = explain_most(self.question, known)
        if kinds:
            return source is Source.PAGES and bool(kinds & _WITH_PAGES)
        if source is Source.EDITORS:
            return self.question.metric is Metric.EDITS or not (self.question.logged_out or are_usual_ten(known))
        return source is not Source.PROGRAMMES or not self.question.logged_out

    def ask(self, source: Source, known: Mapping[Source, Mapping[str, Any]]) -> dict[str, Any]:
        """Ask one source.

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
        if source is Source.DAYS:
            return self._ask_days()
        if source is Source.REVISIONS:
            if not known.get(Source.DAYS):
                msg = "the days of the month, by which revisions are chosen, could not be read"
                raise GapError(msg)
            return RevisionSource(self.question, self.wiki, self.content, self.requests).ask(known[Source.DAYS])
        if source is Source.EDITORS:
            return self._ask_bots() if self.question.metric is Metric.EDITS else self._ask_editors()
        if source is Source.PAGES:
            return self._ask_pages(only_projects=bool(explain_most(self.question, known)))
        return self._ask_programmes()

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
        self.requests.count()
        try:
            return self.lists.get_top_bots(self.question.project, month)
        except NotFoundError:
            return {}

    def _ask_days(self) -> dict[str, Any]:
        one, days = self.question, self.known_days
        if not days:
            self.requests.count()
            last = shift_month(one.month, 1) - timedelta(days=1)
            days = self.days.get_days(one.project, one.series, one.month, last)
        if not sum(days.values()):
            msg = "no day of the month has any edits there"
            raise GapError(msg)
        if sum(days.values()) > _DAYS_TIMES * one.value:
            # They would say when in the month it was, and some would outweigh all others.
            msg = "the days have far more edits than the month"
            raise GapError(msg)
        return {day.isoformat(): count for day, count in days.items()}

    def _ask_editors(self) -> dict[str, Any]:
        one = self.question
        self.requests.count()
        top = self.lists.get_top_editors(one.project, one.month)[:_TOP]
        # A year before is asked for only where these could be much of the rise.
        before: list[int] | None = None
        if sum(top) >= 2 * LEAST_SHARE * (one.value - one.expected):
            self.requests.count()
            try:
                before = self.lists.get_top_editors(one.project, shift_month(one.month, -12))[:_TOP]
            except NotFoundError:
                before = []
        return {"top": top, "before": before}

    def _ask_pages(self, *, only_projects: bool) -> dict[str, Any]:
        one, rise = self.question, self.question.value - self.question.expected
        self.requests.count()
        pages = self.lists.get_top_pages(one.project, one.month)
        content = [page for page in pages if find_page_kind(page.title) is PageKind.CONTENT][:_CONTENT_PAGES]
        content = [page for page in content if page.count >= LEAST_SHARE * rise and not only_projects]
        projects = _list_projects(pages[:_NAMES])
        dated = [page for page in projects if str(one.month.year) in page.title]
        if only_projects and dated:
            # What is named after the year was not there before it.
            projects = dated
        before = self._list_pages_before() if content or projects != dated else []
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
            self.requests.count()
            existing = self.wiki.find_existing(one.project, [page.title for page, _, _ in told])
            told = [one for one in told if one[0].title in existing]
        return {"pages": [[page.title, page.count, usually, what] for page, usually, what in told]}

    def _ask_programmes(self) -> dict[str, Any]:
        one = self.question
        self.requests.count()
        courses = self.programmes.list_courses(one.project, one.month.year)
        if one.month.month <= _EARLY_MONTHS:
            self.requests.count()
            courses = [*courses, *self.programmes.list_courses(one.project, one.month.year - 1)]
        found = []
        for course in _choose_courses(courses, one)[:_COURSES]:
            self.requests.count()
            known = self.programmes.get_course(course.slug, one.project)
            if known is not None and known.first < one.until and known.last >= one.first:
                edits = sum(known.edits.get(number, 0) for number in self.content or (0,)) if known.edits else None
                found.append([known.title, known.url, f"{known.first:%Y-%m-%d}", f"{known.last:%Y-%m-%d}", edits])
        return {"programmes": found}

    def _is_widely_viewed(self, page: TopPage) -> bool:
        self.requests.count()
        try:
            viewed = self.lists.get_most_viewed(self.question.project, self.question.month)
        except NotFoundError:
            return False
        return page.title in {one.title for one in viewed[:_WIDELY_VIEWED]}

    def _list_pages_before(self) -> list[TopPage]:
        self.requests.count()
        try:
            return self.lists.get_top_pages(self.question.project, shift_month(self.question.month, -12))
        except NotFoundError:
            return []


def _choose_courses(courses: Iterable[Course], question: Question) -> list[Course]:
    """Choose the courses that may have been on and done something, those of most people first.

    They are entered before they begin, mostly within some months. One of two people would be told of them alone.
    """
    entered = range((question.month - _ENTERED_BEFORE).toordinal(), shift_month(question.month, 1).toordinal())
    chosen = (
        one
        for one in courses
        if one.people >= LEAST_ACCOUNTS
        and one.words != 0
        and (one.created is None or one.created.toordinal() in entered)
    )
    return sorted(chosen, key=lambda course: -course.people)


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

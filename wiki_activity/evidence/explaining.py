"""Explaining peaks: one month after the other, each stored as soon as it was asked for."""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import Engine

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.daily_history import ASKED_SERIES
from wiki_activity.domain.findings import Finding, Source
from wiki_activity.domain.months import shift_month
from wiki_activity.domain.peaks import Detector
from wiki_activity.evidence.asking import (
    MOST_REQUESTS,
    Days,
    GapError,
    Limited,
    Programmes,
    TopLists,
    Wiki,
    count_none,
)
from wiki_activity.evidence.measuring import find
from wiki_activity.evidence.questions import NotToExplainError, Question, make_question
from wiki_activity.evidence.sources import Asking
from wiki_activity.storage.database import reading
from wiki_activity.storage.evidence_table import StoredAnswer, read_answers, store_evidence
from wiki_activity.storage.history_table import read_history
from wiki_activity.storage.namespace_table import read_content_namespaces, store_content_namespaces
from wiki_activity.storage.renames import names_version
from wiki_activity.wikimedia.answer_errors import PassingError, WikimediaError

logger = logging.getLogger(__name__)

ORDER: Final = (Source.DAYS, Source.REVISIONS, Source.PAGES, Source.EDITORS, Source.PROGRAMMES)
"""Who says most comes first: where that explains most of the rise, the last ones are not asked."""
_BOTS_FIRST: Final = (Source.EDITORS, Source.DAYS, Source.REVISIONS, Source.PAGES, Source.PROGRAMMES)
_OF_ALL_WIKIS: Final = frozenset({Source.DAYS, Source.PAGES, Source.EDITORS})
"""Asked of one service; revisions are asked of the wiki itself, which alone may be broken."""
_MOST_UNREACHABLE: Final = 3
"""So many months in a row met no answer at all: asking for the next one makes little sense."""


def order_sources(question: Question) -> tuple[Source, ...]:
    """Return who is asked, in this order; where bots' edits are in the rise, their whole months are known exactly."""
    return _BOTS_FIRST if question.metric is Metric.EDITS else ORDER


@dataclass(frozen=True, slots=True)
class Services:
    """Who is asked.

    Parameters
    ----------
    days, lists, wiki, programmes
        Clients.
    get_content
        Tells the numbers of a wiki's namespaces of content, asking the wiki.
    limited
        Limits the requests that are really sent, as `PoliteSession.limited` does.
    """

    days: Days
    lists: TopLists
    wiki: Wiki
    programmes: Programmes
    get_content: Callable[[str], tuple[int, ...]]
    limited: Limited = count_none


@dataclass(frozen=True, slots=True)
class Explained:
    """What came of one month.

    Parameters
    ----------
    findings
        In the order in which they are told.
    gaps
        Who could not be read, and why.
    requests
        Sent for it.
    unanswered
        Whether Wikimedia's services are away: those that all wikis have in common did not answer, and no other did.
    """

    question: Question
    findings: tuple[Finding, ...]
    gaps: dict[Source, str]
    requests: int
    unanswered: bool = False


@dataclass(slots=True)
class Outcome:
    """What came of several months.

    Parameters
    ----------
    explained
        Stored.
    left_out
        By month, why there was nothing to explain.
    left
        Not asked for, since nothing answered any more.
    """

    explained: list[Explained] = field(default_factory=list)
    left_out: dict[tuple[str, date], str] = field(default_factory=dict)
    left: list[tuple[str, date]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Explainer:
    """Explains months.

    Parameters
    ----------
    engine
        The database.
    services
        Who is asked.
    detector, percent
        The detector that speaks, and `rolling_mean`'s own knob.
    clock
        Tells the time, with its time zone.
    """

    engine: Engine
    services: Services
    detector: Detector
    percent: float
    clock: Callable[[], datetime]

    def explain(self, project: str, month: date, *, anew: bool = False) -> Explained:
        """Ask about one month, and store what is found: sources that answered before are asked only if `anew`.

        Raises
        ------
        NotToExplainError
            If the month is no peak, or edits did not rise in it.
        WikisRenamedError
            If a wiki moved meanwhile; nothing was stored.
        StorageError
            If the database is out of reach.
        """
        with reading(self.engine) as connection:
            names = names_version(connection)
        question = make_question(self.engine, project, month, self.detector, self.percent)
        known = self._read_known(question)
        answers: dict[Source, StoredAnswer] = {} if anew else dict(known)
        gaps: dict[Source, str] = {}
        services = self.services
        asking = Asking(question, services.days, services.lists, services.wiki, services.programmes)
        with services.limited(MOST_REQUESTS) as meter:
            for source in order_sources(question):
                if source not in answers:
                    answers[source] = self._ask(asking, source, answers)
                    if (error := answers[source].error) is not None:
                        gaps[source] = error
                        # What was answered once is not taken away by who is away now.
                        answers[source] = known.get(source, answers[source])
        if gaps:
            # Nor what somebody else was answered meanwhile.
            known |= self._read_known(question)
            answers |= {source: known[source] for source in gaps if source in known}
        told = {source: one.answer for source, one in answers.items() if one.answer is not None}
        found = find(question, told, {source: one.asked_at for source, one in answers.items()})
        store_evidence(
            self.engine, project, month,
            answers=answers, found=found, now=self.clock(), names=names,
        )  # fmt: skip
        requests = max(asking.requests.sent, meter.sent)
        return Explained(question, tuple(found), gaps, requests, unanswered=asking.is_unanswered)

    def explain_all(self, months: Iterable[tuple[str, date]], *, tell: Callable[[str], None] = logger.info) -> Outcome:
        """Explain several months; one that cannot be, or of which nobody answers, keeps no other waiting.

        Raises as :meth:`explain` does, but for months that are none to explain.
        """
        outcome, waiting, unread = Outcome(), list(months), 0
        while waiting and unread < _MOST_UNREACHABLE:
            project, month = waiting.pop(0)
            try:
                one = self.explain(project, month)
            except NotToExplainError as error:
                outcome.left_out[project, month] = str(error)
                self._settle(project, month)
                continue
            outcome.explained.append(one)
            unread = unread + 1 if one.unanswered else 0
            what = f"{len(one.findings)} findings, {len(one.gaps)} gaps, {one.requests} requests"
            tell(f"{project} {month:%Y-%m}: {what}")
        outcome.left = waiting
        return outcome

    def _read_known(self, question: Question) -> dict[Source, StoredAnswer]:
        return {
            source: one
            for source, one in read_answers(self.engine, question.project, question.month).items()
            if one.answer is not None and one.of == question.series.value
        }

    def _settle(self, project: str, month: date) -> None:
        """Store that there is nothing to ask: what was found before is no more true, and nobody has to try again."""
        with reading(self.engine) as connection:
            names = names_version(connection)
        now = self.clock()
        nothing = {Source.DAYS: StoredAnswer({}, None, now)}
        store_evidence(self.engine, project, month, answers=nothing, found=(), now=now, names=names)

    def _ask(self, asking: Asking, source: Source, answers: Mapping[Source, StoredAnswer]) -> StoredAnswer:
        known = {one: stored.answer for one, stored in answers.items() if stored.answer is not None}
        try:
            if not asking.needs(source, known):
                return StoredAnswer({}, None, self.clock(), asking.question.series.value)
            if source is Source.DAYS:
                asking.known_days = self._read_days(asking.question)
            elif source is Source.REVISIONS:
                asking.content = self._find_content(asking)
            before = asking.requests.sent
            answer = asking.ask(source, known)
            if asking.requests.sent > before and source is not Source.PROGRAMMES:
                asking.answered.add(source)
            return StoredAnswer(answer, None, self.clock(), asking.question.series.value)
        except (GapError, WikimediaError) as error:
            if isinstance(error, PassingError) and source in _OF_ALL_WIKIS:
                asking.silent.add(source)
            logger.warning("%s %s: %s: %s", asking.question.project, asking.question.month, source, error)
            return StoredAnswer(None, str(error), self.clock())

    def _read_days(self, question: Question) -> dict[date, int] | None:
        """Read the days of the month, where they were asked for before."""
        history = read_history(self.engine, question.project)
        last = shift_month(question.month, 1) - timedelta(days=1)
        if history is None or not history.span.first <= question.month <= last <= history.span.last:
            return None
        begin, series = (question.month - history.span.first).days, ASKED_SERIES.index(question.series)
        counts = history.counts[begin : begin + question.length, series].tolist()
        return {question.month + timedelta(days=at): count for at, count in enumerate(counts)}

    def _find_content(self, asking: Asking) -> tuple[int, ...]:
        project = asking.question.project
        known = read_content_namespaces(self.engine).get(project)
        if known is not None:
            return known.numbers
        asking.requests.count()
        numbers = self.services.get_content(project)
        store_content_namespaces(self.engine, project, numbers, self.clock())
        return numbers

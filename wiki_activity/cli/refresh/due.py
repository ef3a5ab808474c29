"""`refresh --due`: one step after the other, each of which fails alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Engine

from wiki_activity.cli.events import tell_calendar
from wiki_activity.cli.exits import DONE, FAILED
from wiki_activity.cli.explain import explain_what_is_due, make_explainer
from wiki_activity.cli.logs import tell, tell_error
from wiki_activity.cli.refresh.running import refresh_and_judge, send_digest, tell_report
from wiki_activity.cli.retention import follow_what_is_due
from wiki_activity.cli.setup import now, open_database, open_session
from wiki_activity.domain.counts import COUNT_SERIES, PEOPLE_SERIES, Series
from wiki_activity.domain.wikis import Wiki
from wiki_activity.evidence.calendar import is_calendar_due, make_calendar_services
from wiki_activity.evidence.services import make_follower
from wiki_activity.monthly.author_names import refresh_author_names
from wiki_activity.monthly.daily_history import list_open, refresh_history
from wiki_activity.monthly.first_wikis import list_first_wikis
from wiki_activity.monthly.people_counts import list_unasked
from wiki_activity.monthly.planning import choose_projects, ensure_wikis
from wiki_activity.monthly.publication import (
    Requested,
    decide_on_new_month,
    find_completed,
    find_newest_published,
    find_stored_month,
)
from wiki_activity.monthly.refresh import Request
from wiki_activity.monthly.refresh_errors import HopelessError
from wiki_activity.monthly.rounds import LOOKED_BACK, find_round
from wiki_activity.settings import Settings
from wiki_activity.storage.database_clock import database_time
from wiki_activity.storage.provisional_table import newest_complete_month
from wiki_activity.storage.refreshes import Refresh, last_whole, list_refreshes
from wiki_activity.storage.storage_errors import NothingToResumeError, RefreshBusyError
from wiki_activity.storage.wiki_table import load_wikis
from wiki_activity.wikimedia.answer_errors import WikimediaError
from wiki_activity.wikimedia.http import PoliteSession
from wiki_activity.wikimedia.metrics import MetricsClient

_MOST = 0.9
"""A refresh of so many of the open wikis is one of all: new ones come."""
_REPAIRED_EVERY = timedelta(days=7)
"""Closes gaps, and takes in what Wikimedia has restated."""


def refresh_what_is_due(settings: Settings, *, waits: bool) -> int:
    """Do whatever is due by now; returns the exit code.

    Raises
    ------
    StorageError
        If the database is out of reach.
    """
    try:
        return _take_steps(settings, waits=waits)
    except RefreshBusyError as error:
        # Whoever calls this each hour is not to be told of a failure as long as a first load takes.
        tell(f"left to the one that is at it: {error}")
        return DONE


def _take_steps(settings: Settings, *, waits: bool) -> int:
    with open_database(settings) as engine, open_session(settings, "refresh") as session:
        due = _Due(settings, engine, session, MetricsClient(session, settings.metrics_url), waits=waits)
        steps = (
            due.go_on,
            due.ask_for_months,
            due.ask_for_people,
            due.ask_for_days,
            due.ask_for_authors,
            due.ask_for_evidence,
            due.ask_for_events,
            due.ask_for_retention,
        )
        done = [_try(step) for step in steps]
        # Also where there was nothing to ask for: what could not be sent before is tried again.
        send_digest(engine, settings)
    return DONE if all(done) else FAILED


def _try(step: Callable[[], bool]) -> bool:
    try:
        return step()
    except (WikimediaError, HopelessError) as error:
        tell_error(error)
        return False


@dataclass(frozen=True, slots=True)
class _Due:
    """The steps; each tells whether all that was due is done."""

    settings: Settings
    engine: Engine
    session: PoliteSession
    metrics: MetricsClient
    waits: bool

    def go_on(self) -> bool:
        """Go on with the last refresh, where it was stopped or some of it failed."""
        try:
            return self._refresh(None)
        except NothingToResumeError:
            return True

    def ask_for_months(self) -> bool:
        """Ask for all months, where a new one is published or the last look at all of them was long ago."""
        wikis = self._wikis()
        open_wikis = sum(wiki.is_open for wiki in wikis)
        probes = choose_projects(self.engine, wikis, self.settings.watchlist, tell=tell)
        published = find_newest_published(self.metrics, probes, now())
        asked = last_whole(self.engine, Series.EDITS, int(_MOST * open_wikis))
        requested = self._find_requested(asked, published, probes)
        decision = decide_on_new_month(
            published,
            find_stored_month(self.engine, open_wikis),
            requested,
            now(),
            completed=find_completed(self.engine, self.metrics, published, now()),
        )
        last, reason = decision.ask_until, decision.reason
        began = None if requested is None else requested.at
        if last is None and published is not None and (began is None or now() - began >= _REPAIRED_EVERY):
            last, reason = published, "the last look at all months is a week ago"
        if last is not None and asked is not None and asked.finished_at is None and last <= asked.last:
            last, reason = None, "what was begun is gone on with next time"
        tell(f"months: {reason}")
        if last is None:
            return True
        first = min(self.settings.first_month, last)
        return self._refresh(lambda: (first, last, probes, COUNT_SERIES))

    def ask_for_people(self) -> bool:
        """Ask for the series of people, of the wikis that have not answered for the newest month."""
        month = newest_complete_month(self.engine)
        projects = [] if month is None else self._list_without_people(month)
        if month is None or not projects:
            return True
        tell(f"people: {len(projects):,} wikis have not answered for {month:%Y-%m}")
        first = min(self.settings.first_month, month)
        return self._refresh(lambda: (first, month, projects, PEOPLE_SERIES))

    def ask_for_days(self) -> bool:
        """Ask for the days of the first wikis, where they are lacking."""
        first = list_first_wikis(self.engine, self.settings.watchlist)
        outcome = refresh_history(self.engine, self.metrics, list_open(self.engine, first, now()), now, tell)
        return not outcome.failed

    def ask_for_authors(self) -> bool:
        """Ask what authors of notes are called now."""
        return not refresh_author_names(self.engine, self.session, self.settings.accounts_url, now()).failed

    def ask_for_evidence(self) -> bool:
        """Ask what was behind the newest month's peaks, and those that somebody wants to know of."""
        explainer = make_explainer(self.engine, self.settings, self.session)
        return explain_what_is_due(explainer) == DONE

    def ask_for_events(self) -> bool:
        """Ask once a day what was on, and what is known of faults of the figures."""
        if not is_calendar_due(self.engine, now()):
            return True
        return tell_calendar(self.engine, make_calendar_services(self.settings, self.session)) == DONE

    def ask_for_retention(self) -> bool:
        """Ask who stayed of the accounts whose next window has ended."""
        follower = make_follower(self.settings, self.session, self.engine, now)
        return follow_what_is_due(follower, self.settings.peak_detector) == DONE

    def _find_requested(
        self, asked: Refresh | None, published: date | None, projects: Sequence[str]
    ) -> Requested | None:
        """Find when all wikis were last asked for: in one refresh, or in parts that have all come."""
        # The beginning: the end moves with each attempt at a wiki that fails.
        whole = None if asked is None else Requested(asked.last, asked.started_at)
        if published is None or (asked is not None and asked.last >= published):
            return whole
        refreshes, at = list_refreshes(self.engine, LOOKED_BACK), database_time(self.engine, now())
        began = find_round(refreshes, COUNT_SERIES, published, projects, at)
        return whole if began is None else Requested(published, began)

    def _refresh(self, request: Request | None) -> bool:
        report = refresh_and_judge(self.engine, self.session, self.settings, request=request, waits=self.waits)
        tell_report(report)
        return not report.outcome.failed

    def _wikis(self) -> Sequence[Wiki]:
        return ensure_wikis(self.engine, self.session, self.settings.site_matrix_url, now(), tell)

    def _list_without_people(self, month: date) -> list[str]:
        return list_unasked(self.engine, load_wikis(self.engine), self.settings.watchlist, month)

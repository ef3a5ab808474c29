"""What was on, wiki by wiki and month by month, as the snapshot holds it; and what is known of the figures."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from wiki_activity.domain.community_events import CommunityEvent, choose_events
from wiki_activity.domain.counts import Metric
from wiki_activity.domain.data_annotations import DataAnnotation, find_faults
from wiki_activity.domain.finding_sentences import show_name
from wiki_activity.domain.months import list_months, name_month
from wiki_activity.domain.wikis import Wiki
from wiki_activity.storage.calendar_table import CalendarSource, SourceState, StoredCalendar


@dataclass(frozen=True, slots=True, eq=False)
class Calendar:
    """All community events and annotations of one state.

    Parameters
    ----------
    version
        Another one for each state.
    events
        By their beginning, oldest first.
    named
        By the name of a wiki's database, the events that name it; those for all wikis by `*`, which is no wiki's.
    annotations
        Of the figures, oldest first.
    sources
        When each was read; those that were never asked are absent.
    """

    version: int = 0
    events: tuple[CommunityEvent, ...] = ()
    named: Mapping[str, Sequence[CommunityEvent]] = field(default_factory=dict)
    annotations: tuple[DataAnnotation, ...] = ()
    sources: Mapping[CalendarSource, SourceState] = field(default_factory=dict)

    def list_events(self, wiki: Wiki, month: date) -> list[CommunityEvent]:
        """List the events that name a wiki and were on in a month, those that were on for longest first."""
        return choose_events(self.named.get(wiki.dbname, ()), month)

    def list_by_month(self, wiki: Wiki, months: Sequence[date]) -> dict[date, list[CommunityEvent]]:
        """List the same for each of some months in a row; those without any are left out."""
        found: dict[date, list[CommunityEvent]] = {}
        for event in self.named.get(wiki.dbname, ()) if months else ():
            first, last = (day.replace(day=1) for day in (event.first, event.last))
            for month in list_months(max(first, months[0]), min(last, months[-1])):
                found.setdefault(month, []).append(event)
        return {month: choose_events(found[month], month) for month in sorted(found)}

    def list_annotations(self, metric: Metric, months: Iterable[date]) -> list[DataAnnotation]:
        """List what is known of the figure in some months."""
        wanted = set(months)
        return [one for one in self.annotations if one.month in wanted and one.is_about(metric)]

    def has_fault(self, metric: Metric, month: date) -> bool:
        """Tell whether the counts of a month are known to be faulty: nobody is told of its peaks."""
        return bool(find_faults(self.annotations, metric, month))

    def tell_faults(self, metrics: Iterable[Metric], month: date) -> str:
        """Say that counts of a month are known to be faulty, in Wikistats' words; empty where none of them is."""
        found = [one for metric in metrics for one in find_faults(self.annotations, metric, month)]
        if not found:
            return ""
        titles = ", ".join(dict.fromkeys(f"“{show_name(one.title)}”" for one in found))
        return f"Wikistats says that counts of {name_month(month)} are faulty: {titles}. Nobody is told of their peaks."


def make_calendar(stored: StoredCalendar, version: int) -> Calendar:
    """Sort what is stored by the wikis that it names."""
    named: dict[str, list[CommunityEvent]] = {}
    for event in stored.events:
        for dbname in event.dbnames:
            named.setdefault(dbname, []).append(event)
    return Calendar(version, stored.events, named, stored.annotations, stored.sources)


def select_events(calendar: Calendar, wiki: Wiki | None, month: date | None) -> list[CommunityEvent]:
    """Select events of a wiki, of a month or of both; those for all wikis are no single one's, and come last.

    Those of one month come by how long they were on in it, others newest first.
    """
    events = calendar.events if wiki is None else calendar.named.get(wiki.dbname, ())
    if month is None:
        return sorted(events, key=lambda event: (event.first, event.id), reverse=True)
    return sorted(choose_events(events, month), key=lambda event: event.is_everywhere)

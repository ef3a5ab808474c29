"""The lane under a wiki's chart: months in which community events were on, or the figures have a step or a fault."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from wiki_activity.domain.community_events import CommunityEvent
from wiki_activity.domain.counts import Metric
from wiki_activity.domain.months import name_month
from wiki_activity.domain.wikis import Wiki
from wiki_activity.explorer.calendar import Calendar
from wiki_activity.explorer.pages.event_view import (
    Remark,
    ShownEvent,
    list_remarks,
    show_event,
    write_address,
)

WIDTH: Final = 1000
_MOST_LISTED: Final = 20
_NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class Mark:
    """A month in which something was on: where it is of `WIDTH`, what a reader is told, and where it leads."""

    x: float
    width: float
    title: str
    address: str
    is_data: bool


@dataclass(frozen=True, slots=True)
class Lane:
    """What the lane shows.

    Parameters
    ----------
    marks
        Oldest first.
    summary
        How much there is, in words.
    events
        The newest ones, newest first.
    remarks
        On the figures, oldest first.
    address
        The page of all events of this wiki.
    """

    marks: tuple[Mark, ...]
    summary: str
    events: tuple[ShownEvent, ...]
    remarks: tuple[Remark, ...]
    address: str


def lay_lane(  # noqa: PLR0917 - of which months of which wiki
    calendar: Calendar,
    wiki: Wiki,
    metric: Metric,
    months: Sequence[date],
    hosts: Mapping[str, Wiki],
    dashboard_url: str,
) -> Lane | None:
    """Lay the lane out under a chart of some months in a row; None where nothing is known."""
    by_month = calendar.list_by_month(wiki, months)
    remarks = list_remarks(calendar, wiki, metric, months)
    if not by_month and not remarks:
        return None
    told: dict[date, list[Remark]] = {}
    for remark in remarks:
        told.setdefault(remark.month, []).append(remark)
    column = WIDTH / len(months)
    marks = [
        Mark(
            x=round(at * column, 1),
            width=round(column, 1),
            title=_say(month, by_month.get(month, ()), told.get(month, ())),
            address=f"/p/{wiki.project}/peaks/{month:%Y-%m}",
            is_data=month in told,
        )
        for at, month in enumerate(months)
        if month in by_month or month in told
    ]
    events = {event.id: event for found in by_month.values() for event in found}
    newest = sorted(events.values(), key=lambda event: (event.first, event.id), reverse=True)
    return Lane(
        tuple(marks),
        _summarize(len(events), len(remarks)),
        tuple(show_event(event, hosts, dashboard_url, wiki) for event in newest[:_MOST_LISTED]),
        tuple(remarks),
        write_address(wiki.project, None),
    )


def _say(month: date, events: Sequence[CommunityEvent], remarks: Sequence[Remark]) -> str:
    names = [*(remark.title for remark in remarks), *(event.name for event in events)]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{name_month(month)}: {', '.join(names[:_NAMED])}{more}"


def _summarize(events: int, remarks: int) -> str:
    counted = [
        (events, "community event", "community events"),
        (remarks, "remark on the figures", "remarks on the figures"),
    ]
    parts = [f"{count:,} {one if count == 1 else many}" for count, one, many in counted if count]
    return f"{' and '.join(parts)} in these months"

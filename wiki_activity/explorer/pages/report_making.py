"""Makes the report that an address asks for: for its page, its texts, its picture and the API."""

from collections.abc import Sequence

from wiki_activity.domain.peaks import Detector
from wiki_activity.domain.wikis import Wiki
from wiki_activity.explorer.known_days import KnownDays
from wiki_activity.explorer.pages.report_state import ReportState
from wiki_activity.explorer.report import Report, make_report
from wiki_activity.explorer.snapshot import Snapshot


def make_report_of(
    snapshot: Snapshot, state: ReportState, wikis: Sequence[Wiki], detector: Detector, known_days: KnownDays | None
) -> Report:
    """Make the report of a state; `wikis` are those that it chooses, and `known_days` is given where it has days."""
    return make_report(
        snapshot,
        wikis,
        state.months,
        state.name(wikis),
        detector,
        edits=state.edits,
        people=state.people,
        pages=state.pages,
        days=state.days,
        known_days=known_days,
    )

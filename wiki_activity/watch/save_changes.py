"""What one save writes: the changes of the window and of the detectors."""

from collections.abc import Mapping

from wiki_activity.redis_store.live_state import Changes, Rate
from wiki_activity.watch.live_detection import LiveDetectors
from wiki_activity.watch.window import Window


def list_changes(window: Window, judges: LiveDetectors, rates: Mapping[str, Rate | None]) -> Changes:
    """List all that has changed since the last save."""
    seconds, minutes = window.history.list_changes(window.closed_until)
    people: dict[int, dict[str, bytes]] = {}
    for project, its_people in window.people.wikis.items():
        for minute, spans in its_people.list_changes():
            people.setdefault(minute, {})[project] = spans
    return Changes(
        progress=window.progress(),
        seconds=seconds,
        minutes=minutes,
        totals=window.list_totals(),
        rates=rates,
        ids=window.ids.list_unsaved(),
        people=people,
        detectors=judges.list_unsaved(),
        days=window.days.list_unsaved(),
    )


def list_rates(window: Window, judges: LiveDetectors, window_seconds: int, *, keep_all: bool) -> dict[str, Rate]:
    """List how fast wikis are edited.

    Parameters
    ----------
    keep_all
        Whether those without an edit in the window are listed: of all wikis most are not being edited.
    """
    shown = {}
    for project, rate in window.list_rates().items():
        started_at = judges.started_at.get(project)
        if rate.edits or keep_all or started_at is not None:
            shown[project] = Rate(
                until=window.closed_until,
                window_seconds=window_seconds,
                window_edits=rate.edits,
                window_bot_edits=rate.bot_edits,
                window_first=rate.first,
                window_last=rate.last,
                usual=judges.usual.get(project),
                busy=started_at is not None,
                started_at=started_at,
            )
    return shown

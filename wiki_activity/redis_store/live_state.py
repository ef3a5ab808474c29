"""What is stored of the live stream, as passed to and from the store."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

Open = Mapping[int, Mapping[str, tuple[int, int]]]
"""By second and project: edits, bots' included, and those by bots."""


class Totals(msgspec.Struct, frozen=True):
    """What became of one wiki's article edits since the first start.

    Parameters
    ----------
    edits
        Counted, bots' included, in the second of their event time.
    late
        Came when their second had closed; not counted.
    repeats
        Had come before; not counted.
    broken
        Messages of the wiki that could not be used, and event times that were refused.
    """

    edits: int = 0
    late: int = 0
    repeats: int = 0
    broken: int = 0


class Rate(msgspec.Struct, frozen=True):
    """How fast a wiki is edited now.

    Parameters
    ----------
    until
        Epoch second: the window is the time up to it, exclusive.
    window_seconds
        Length of the window.
    window_edits, window_bot_edits
        Edits in it, bots' included; those by bots.
    window_first, window_last
        Event times of the first and last of them; 0 where there is none.
    usual
        Edits a second that the detector takes to be usual, of those that it judges; None while it knows none.
    busy
        Whether an episode is open.
    started_at
        When that started; None without one.
    """

    until: int
    window_seconds: int
    window_edits: int
    window_bot_edits: int
    window_first: int
    window_last: int
    usual: float | None = None
    busy: bool = False
    started_at: int | None = None

    @property
    def mean_gap_seconds(self) -> float | None:
        """Mean time between consecutive edits of the window; None below two edits."""
        if self.window_edits < 2:
            return None
        return (self.window_last - self.window_first) / (self.window_edits - 1)

    @property
    def rate(self) -> float | None:
        """Edits a second, 1 / mean gap; None below two edits, and where all came within one second."""
        gap = self.mean_gap_seconds
        return 1 / gap if gap else None


Days = Mapping[int, Mapping[str, tuple[int, int, int]]]
"""By day (epoch seconds // 86,400) and project: edits by registered people, by bots, and logged out."""


class HeldEdit(msgspec.Struct, frozen=True, array_like=True):
    """An edit whose time is far ahead: held until others agree with it, or do not."""

    project: str
    at: int
    is_bot: bool
    event_id: str
    is_logged_out: bool = False
    is_article: bool = True


class DayState(msgspec.Struct, frozen=True):
    """What there is to be known of the counts of days, besides the counts.

    Parameters
    ----------
    lineage
        Drawn when they were begun; empty where nobody keeps them.
    first
        The oldest day that can still change, epoch seconds // 86,400; 0 before the first edit.
    totals
        By day, the edits of all wikis: what the counts have to add up to.
    hours
        By day, which of its hours were seen, and which of those whole, a bit each.
    since, last
        From which second on nothing is missing, None before the first edit; the newest closed one with an edit.
    """

    lineage: str = ""
    first: int = 0
    totals: dict[int, int] = {}
    hours: dict[int, tuple[int, int]] = {}
    since: int | None = None
    last: int = 0


class Progress(msgspec.Struct, frozen=True):
    """How far the stream was counted.

    Parameters
    ----------
    newest
        Newest event time; None before the first edit.
    closed_until
        Seconds before it are closed.
    ticked_from
        Ticks that begin earlier are left out, since not all of their seconds were seen.
    open
        Counts of the seconds that are not.
    held
        Edits far ahead.
    kinds
        Messages that could not be used, by kind.
    unattributed
        Those of them whose wiki is not known.
    days
        Of the counts of days.
    """

    newest: int | None = None
    closed_until: int = 0
    ticked_from: int = 0
    open: dict[int, dict[str, tuple[int, int]]] = {}
    held: list[HeldEdit] = []
    kinds: dict[str, int] = {}
    unattributed: int = 0
    days: DayState = DayState()


NO_PAGES: Final = msgspec.Raw(b"null")


class DetectorState(msgspec.Struct, frozen=True):
    """A detector's saved state.

    Parameters
    ----------
    name
        Of the detector.
    at
        Its last tick, epoch seconds.
    state
        As it saved it.
    usual
        Edits a second that it takes to be usual; None while it knows none.
    started_at
        When the episode that is open started; None without one.
    pages
        What is known of the wiki's pages, as `HotPages` saved it, encoded: it seldom changes; null where nobody looks.
    """

    name: str
    at: int
    state: dict[str, Any]
    usual: float | None = None
    started_at: int | None = None
    pages: msgspec.Raw = NO_PAGES


class Changes(msgspec.Struct, frozen=True):
    """What one save writes; all values are absolute, so that saving twice does no harm.

    Parameters
    ----------
    progress
        How far the stream was counted.
    seconds
        By minute (epoch seconds // 60) and project: counts of its closed seconds.
    minutes
        By hour (epoch seconds // 3600) and project: counts of its minutes, of closed seconds.
    totals
        Of the projects that have changed.
    rates
        Of the judged projects; None where a wiki has no edit in the window any more.
    ids
        Event ids that came since the last save, by event time.
    people
        By minute and project: who edited what, without names.
    detectors
        Of the projects whose detectors have ticked since the last save.
    days
        By day (epoch seconds // 86,400) and project: counts of the day.
    """

    progress: Progress
    seconds: Mapping[int, Mapping[str, str]]
    minutes: Mapping[int, Mapping[str, str]]
    totals: Mapping[str, Totals]
    rates: Mapping[str, Rate | None]
    ids: Mapping[int, Sequence[str]]
    people: Mapping[int, Mapping[str, bytes]]
    detectors: Mapping[str, DetectorState]
    days: Mapping[int, Mapping[str, str]] = {}


class Saved(msgspec.Struct, frozen=True):
    """What a new watcher finds.

    Parameters
    ----------
    resume_id
        `Last-Event-ID` after all that is stored.
    edits_at
        Wall clock when the newest edit came; None while none has.
    progress
        How far the stream was counted.
    seconds, minutes
        Counts by project: of the closed seconds of the last few minutes, by minute; of the running hours, by hour.
    totals, ids, people, detectors
        As in :class:`Changes`, whole.
    days
        Counts of the days that can still change; None where they are not whole.
    """

    resume_id: str
    edits_at: float | None
    progress: Progress
    seconds: dict[int, dict[str, str]]
    minutes: dict[int, dict[str, str]]
    totals: dict[str, Totals]
    ids: dict[int, list[str]]
    people: dict[int, dict[str, bytes]]
    detectors: dict[str, DetectorState]
    days: Days | None = None

"""How fast a wiki is edited, against the usual rate of the detector that judges it: never another one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

from wiki_activity.domain.burst import find_sure_rise
from wiki_activity.explorer.live.picture import Picture
from wiki_activity.redis_store.live_state import Rate
from wiki_activity.redis_store.writing import MINUTE
from wiki_activity.settings import Settings
from wiki_activity.watch.session import choose_judged

LEAST_LOUD: Final = 5.0
"""Edits a minute below which no wiki is called loud, however far above its usual."""


@dataclass(frozen=True, slots=True)
class Gauge:
    """How fast one wiki, or all together, are edited; rates are in edits a minute.

    Parameters
    ----------
    project
        None for all wikis together.
    judged
        Whether a detector judges it.
    counted
        Which edits are meant.
    rate
        None where it is not known.
    over_seconds
        The time that it is taken over.
    usual
        What the detector takes to be usual; None where it knows none.
    speaks_at
        Pace from which ten minutes are noticed as a busy spell; None where it is not known.
    busy
        Whether an episode is open.
    busy_since
        When that started.
    """

    project: str | None
    judged: bool
    counted: Literal["people_edits", "edits"]
    rate: float | None
    over_seconds: int
    usual: float | None = None
    speaks_at: float | None = None
    busy: bool = False
    busy_since: datetime | None = None

    @property
    def times(self) -> float | None:
        """How many times the usual rate it is."""
        return self.rate / self.usual if self.usual and self.rate is not None else None


def find_gauge(picture: Picture, settings: Settings, project: str | None) -> Gauge:
    """Find how fast a wiki is edited; None for all together."""
    judged = choose_judged(settings, picture.wikis)
    if project is None or (judged is not None and project not in judged):
        return _count(picture, project)
    return _judge(picture, settings, project)


def find_loudest(picture: Picture, settings: Settings, limit: int = 8) -> list[Gauge]:
    """Find the judged wikis that are furthest above their usual rate."""
    rates = {} if picture.live is None else picture.live.rates
    gauges = [find_gauge(picture, settings, project) for project in rates]
    loud = [one for one in gauges if one.judged and one.times is not None and (one.rate or 0) >= LEAST_LOUD]
    return sorted(loud, key=lambda one: (-(one.times or 0), one.project))[:limit]


def find_most_edited(picture: Picture, settings: Settings, limit: int = 8) -> list[Gauge]:
    """Find the wikis with the most edits in the newest finished minute, each with that number of edits as its rate."""
    newest = picture.minutes.newest
    if newest is None or not picture.minutes.was_seen(newest):
        return []
    found = ((project, series.get(newest, (0, 0))[0]) for project, series in picture.minutes.by_project.items())
    most = sorted(((project, edits) for project, edits in found if edits), key=lambda one: (-one[1], one[0]))
    return list(_count_with_episode(picture, settings, (project for project, _ in most[:limit])))


def _count_with_episode(picture: Picture, settings: Settings, projects: Iterable[str]) -> Iterable[Gauge]:
    for project in projects:
        counted, judged = _count(picture, project), find_gauge(picture, settings, project)
        yield Gauge(project, judged.judged, "edits", counted.rate, MINUTE, busy=judged.busy)


def _count(picture: Picture, project: str | None) -> Gauge:
    newest = picture.minutes.newest
    edits = None if newest is None else picture.minutes.point(project, newest).edits
    return Gauge(project, judged=False, counted="edits", rate=edits, over_seconds=MINUTE)


def _judge(picture: Picture, settings: Settings, project: str) -> Gauge:
    by_people = settings.live_detector.judges_people
    counted: Literal["people_edits", "edits"] = "people_edits" if by_people else "edits"
    speaks_at = None if by_people else _a_minute(1 / settings.mean_gap_seconds if settings.mean_gap_seconds else None)
    rate = None if picture.live is None else picture.live.rates.get(project)
    if rate is None:
        # Redis holds no rate of a wiki without an edit in the window; of one nobody watched it holds nothing either.
        none = None if picture.live is None or picture.live.progress is None else 0.0
        return Gauge(
            project, judged=True, counted=counted, rate=none, over_seconds=settings.window_seconds, speaks_at=speaks_at
        )
    usual = _a_minute(rate.usual) if by_people else None
    if by_people:
        speaks_at = find_sure_rise(rate.usual) * usual if rate.usual and usual else None
    now = MINUTE * (rate.window_edits - rate.window_bot_edits) / rate.window_seconds if by_people else _pace(rate)
    return Gauge(
        project,
        judged=True,
        counted=counted,
        rate=now,
        over_seconds=rate.window_seconds,
        usual=usual,
        speaks_at=speaks_at,
        busy=rate.busy,
        busy_since=None if rate.started_at is None else datetime.fromtimestamp(rate.started_at, UTC),
    )


def _pace(rate: Rate) -> float | None:
    # Below two edits there is no gap between edits, and where all came within one second none that can be told.
    return 0.0 if rate.window_edits == 0 else _a_minute(rate.rate)


def _a_minute(a_second: float | None) -> float | None:
    return None if a_second is None else MINUTE * a_second

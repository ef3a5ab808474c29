"""The last day on a live page: its chart, its busy spells, its hours, and which rise could be judged at its pace."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import fmean
from typing import Final

from wiki_activity.domain.burst import find_sure_rise
from wiki_activity.domain.episodes import Episode, Telling
from wiki_activity.domain.sentences import format_count
from wiki_activity.explorer.context import Explorer
from wiki_activity.explorer.live.day import DAY, STEP, Step
from wiki_activity.explorer.live.drawing import ChartDrawing, draw_day
from wiki_activity.explorer.live.models import EpisodeModel, LiveModel
from wiki_activity.explorer.live.picture import Picture
from wiki_activity.explorer.live.views import view_episode
from wiki_activity.redis_store.writing import HOUR, MINUTE
from wiki_activity.slack.slack_wording import times
from wiki_activity.storage.episode_table import read_episodes
from wiki_activity.storage.storage_errors import StorageError

_MOST_EPISODES: Final = 100


@dataclass(frozen=True, slots=True)
class HourRow:
    """One hour of the table.

    Parameters
    ----------
    begin
        Epoch second.
    edits, bots
        A minute on average; None where none of it was seen.
    """

    begin: int
    edits: float | None
    bots: float | None


@dataclass(frozen=True, slots=True)
class Day:
    """The last 24 hours.

    Parameters
    ----------
    chart
        None where none of it was seen, or it cannot be read.
    hours
        For the table.
    episodes
        Newest first.
    missing, noticed_from
        What is missing of it, and from which rise on a wiki of its pace can be judged, for readers; may be empty.
    """

    chart: ChartDrawing | None
    hours: Sequence[HourRow]
    episodes: Sequence[EpisodeModel]
    missing: str
    noticed_from: str


def view_day(explorer: Explorer, picture: Picture, live: LiveModel) -> Day:
    """Put together what a live page shows of the last day."""
    progress = None if picture.live is None else picture.live.progress
    steps = None
    if progress is not None and progress.closed_until:
        steps = explorer.live.days.read(live.project, progress.closed_until)
    episodes = _list_episodes(explorer, picture, live.project)
    counts = [_count(live, step) for step in steps or ()]
    return Day(
        chart=draw_day([step.begin for step in steps or ()], counts, STEP, _list_shades(episodes)),
        hours=_list_hours(steps or ()),
        episodes=[view_episode(picture, one) for one in episodes],
        missing=_describe_missing(steps),
        noticed_from="" if live.project is None or live.judged else _describe_rise(steps or ()),
    )


def _count(live: LiveModel, step: Step) -> float | None:
    if step.edits is None or step.bots is None:
        return None
    return step.edits - step.bots if live.counted == "people_edits" else step.edits


def _list_episodes(explorer: Explorer, picture: Picture, project: str | None) -> list[Episode]:
    since = _find_end(picture) - timedelta(seconds=DAY)
    try:
        found = read_episodes(
            explorer.engine,
            project=project,
            detectors=(explorer.settings.live_detector,),
            since=since,
            limit=_MOST_EPISODES,
        )
    except StorageError:
        # The page says above that they cannot be read now.
        known = [one for one in picture.episodes_of(project) if not one.is_of_page]
        found = [one for one in known if one.closed_at is None or one.closed_at >= since]
    return [one for one in found if project is not None or one.telling is not Telling.SILENT]


def _find_end(picture: Picture) -> datetime:
    newest = picture.newest_event
    return picture.at if newest is None else datetime.fromtimestamp(newest, picture.at.tzinfo)


def _list_shades(episodes: Sequence[Episode]) -> list[tuple[float, float]]:
    return [
        (
            one.started_at.timestamp(),
            float("inf") if one.closed_at is None else (one.ended_at or one.updated_at).timestamp(),
        )
        for one in episodes
    ]


def _list_hours(steps: Sequence[Step]) -> list[HourRow]:
    by_hour: dict[int, list[Step]] = {}
    for step in steps:
        by_hour.setdefault(step.begin - step.begin % HOUR, []).append(step)
    rows = []
    for begin, its_steps in sorted(by_hour.items(), reverse=True):
        seen = sum(step.seen for step in its_steps)
        edits, bots = (
            sum((step.edits if which == "edits" else step.bots) or 0.0 for step in its_steps for _ in range(step.seen))
            for which in ("edits", "bots")
        )
        rows.append(HourRow(begin, edits / seen, bots / seen) if seen else HourRow(begin, None, None))
    return rows


def _describe_missing(steps: Sequence[Step] | None) -> str:
    if steps is None:
        return "The last day cannot be read now."
    minutes = DAY // MINUTE
    unseen = minutes - sum(step.seen for step in steps)
    if unseen == minutes:
        return "Nothing of the last 24 hours was seen."
    return f"Of the {minutes:,} minutes {unseen:,} were not seen." if unseen else ""


def _describe_rise(steps: Sequence[Step]) -> str:
    people = [step.edits - step.bots for step in steps if step.edits is not None and step.bots is not None]
    usual = fmean(people) if people else 0.0
    if not usual:
        return (
            "Any wiki can be watched here; busy spells are looked for on those that the setting LIVE_WIKIS names. "
            "How fast this one is edited is not known yet."
        )
    rise = find_sure_rise(usual / MINUTE)
    return (
        "Any wiki can be watched here; busy spells are looked for on those that the setting LIVE_WIKIS names. At this "
        f"wiki’s pace of the last day, {format_count(usual)} edits a minute without bots, a rise to "
        f"{format_count(rise * usual)} a minute ({times(rise)}) for ten minutes would be noticed."
    )

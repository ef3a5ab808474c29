"""From a picture to what the API and the stream say."""

from datetime import UTC, datetime
from urllib.parse import quote

from wiki_activity.domain.episodes import Episode, PageEdits, Telling
from wiki_activity.explorer.live.gauges import Gauge, find_gauge, find_loudest, find_most_edited
from wiki_activity.explorer.live.live_wording import (
    describe_end,
    describe_episode,
    describe_gauge,
    describe_stream_health,
)
from wiki_activity.explorer.live.minutes import Point
from wiki_activity.explorer.live.models import (
    EpisodeModel,
    LiveModel,
    LoudModel,
    PageModel,
    PointModel,
    SnapshotModel,
    StreamHealthModel,
)
from wiki_activity.explorer.live.picture import Picture
from wiki_activity.redis_store.writing import MINUTE
from wiki_activity.settings import Settings
from wiki_activity.slack.lines import history_address, page_address
from wiki_activity.slack.slack_wording import duration

_LISTED_EPISODES = 20


def view_snapshot(picture: Picture, settings: Settings, project: str | None) -> SnapshotModel:
    """Say how fast a wiki, or all together, are edited now."""
    gauge = find_gauge(picture, settings, project)
    until = _find_until(picture)
    return SnapshotModel(
        project=project,
        name="All wikis" if project is None else picture.name(project),
        judged=gauge.judged,
        counted=gauge.counted,
        rate=_round(gauge.rate),
        over_seconds=gauge.over_seconds,
        usual=_round(gauge.usual),
        speaks_at=_round(gauge.speaks_at),
        times=_round(gauge.times),
        busy=gauge.busy,
        busy_since=gauge.busy_since,
        muted_until=None if project is None else picture.mutes.get(project),
        until=until,
        behind_seconds=_find_lag(picture),
        newest_minute=picture.minutes.newest,
        sentence=describe_gauge(gauge),
        stream_health=view_stream_health(picture),
        episodes_readable=picture.episodes_readable,
        loudest=[_view_loud(picture, one) for one in find_loudest(picture, settings)],
        most_edited=[_view_loud(picture, one) for one in find_most_edited(picture, settings)],
    )


def view_live(picture: Picture, settings: Settings, project: str | None, after: int | None = None) -> LiveModel:
    """Say how fast a wiki is edited and was, minutes later than `after` alone where that is given."""
    return LiveModel(
        **dict(view_snapshot(picture, settings, project)),
        points=[view_point(one) for one in picture.minutes.series(project, after)],
        episodes=[view_episode(picture, one) for one in picture.episodes_of(project)[:_LISTED_EPISODES]],
    )


def view_stream_health(picture: Picture) -> StreamHealthModel:
    """Say whether edits are seen."""
    health = picture.health
    sentence = describe_stream_health(health, received=picture.newest_event is not None)
    return StreamHealthModel(
        sees=health.sees,
        current=health.is_current,
        since=health.since,
        reason=health.reason or health.waits,
        sentence=sentence,
        warning=f"Note: {health.warning}." if health.warning else "",
    )


def view_point(point: Point) -> PointModel:
    """Say how many edits a minute had."""
    return PointModel(minute=point.minute, edits=point.edits, bots=point.bots)


def view_episode(picture: Picture, episode: Episode) -> EpisodeModel:
    """Say what is known of a busy spell."""
    facts = episode.facts
    return EpisodeModel(
        id=episode.id,
        page=None if episode.id is None else address_episode(episode.project, episode.id),
        key=episode.subject,
        project=episode.project,
        name=picture.name(episode.project),
        detector=episode.detector,
        about="page" if episode.is_of_page else "wiki",
        title=episode.shown_page,
        state="open" if episode.closed_at is None else "closed",
        started_at=episode.started_at,
        opened_at=episode.opened_at,
        updated_at=episode.updated_at,
        ended_at=episode.ended_at,
        closed_at=episode.closed_at,
        seconds=round(episode.seconds),
        rate=round(MINUTE * episode.rate, 2),
        usual=_round(None if episode.usual is None else MINUTE * episode.usual),
        times=_round(episode.times),
        edits=episode.edits,
        excess=None if episode.excess is None else round(episode.excess),
        people=None if facts is None else facts.people,
        bots_share=None if facts is None else round(facts.bots_share, 4),
        busiest_share=None if facts is None or episode.is_of_page else round(facts.busiest_share, 4),
        hashtag=None if facts is None or facts.hashtag is None else facts.hashtag.hashtag,
        hashtag_share=None if facts is None or facts.hashtag is None else round(facts.hashtag_share, 4),
        reopened=episode.reopened,
        news=episode.telling is not Telling.SILENT,
        end=describe_end(episode),
        length=duration(episode.seconds),
        sentence=describe_episode(picture.name(episode.project), episode),
        pages=[
            PageModel(
                title=page.title,
                address=page_address(episode.project, page.title),
                history=history_address(episode.project, page.title),
                edits=page.edits,
                people=page.people,
            )
            for page in _list_pages(episode)
            if page.edits > 1
        ],
    )


def _list_pages(episode: Episode) -> tuple[PageEdits, ...]:
    facts = episode.facts
    if facts is None:
        return ()
    title = episode.shown_page
    return facts.pages if title is None else (PageEdits(title, facts.edits, facts.people),)


def address_episode(project: str, number: int) -> str:
    """Return the path of the page of a busy spell."""
    return f"/live/{quote(project)}/episodes/{number}"


def _view_loud(picture: Picture, gauge: Gauge) -> LoudModel:
    project = gauge.project or ""
    return LoudModel(
        project=project,
        name=picture.name(project),
        rate=_round(gauge.rate) or 0.0,
        usual=_round(gauge.usual),
        times=_round(gauge.times),
        judged=gauge.judged,
        busy=gauge.busy,
    )


def _find_until(picture: Picture) -> datetime | None:
    progress = None if picture.live is None else picture.live.progress
    return None if progress is None or progress.newest is None else _moment(progress.closed_until)


def _find_lag(picture: Picture) -> int | None:
    newest = picture.newest_event
    return None if newest is None else max(0, round(picture.at.timestamp() - newest))


def _moment(epoch_seconds: int) -> datetime:
    return datetime.fromtimestamp(epoch_seconds, UTC)


def _round(number: float | None) -> float | None:
    return None if number is None else round(number, 2)

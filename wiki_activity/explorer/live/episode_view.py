"""One busy spell, as its page and the API show it: what is known of it, and the minutes around it."""

from http import HTTPStatus

from wiki_activity.domain.episode_minutes import MINUTE, EpisodeMinutes, begin_minutes, find_span
from wiki_activity.domain.episodes import Episode
from wiki_activity.explorer.context import Explorer
from wiki_activity.explorer.live.drawing import ChartDrawing, draw_episode, format_clock
from wiki_activity.explorer.live.live_wikis import check_wiki
from wiki_activity.explorer.live.minutes import SHOWN_MINUTES
from wiki_activity.explorer.live.models import PointModel, WholeEpisodeModel
from wiki_activity.explorer.live.picture import Picture
from wiki_activity.explorer.live.views import view_episode
from wiki_activity.explorer.problems import ProblemError, quote_value
from wiki_activity.storage.episode_minutes import read_episode_minutes
from wiki_activity.storage.episode_table import read_episode

_MOST_DIGITS = 15


def find_episode(explorer: Explorer, written: str) -> Episode:
    """Return the busy spell of a number, as an address has it.

    Raises
    ------
    ProblemError
        404, if there is none.
    StorageError
        If it cannot be read.
    """
    is_number = written.isascii() and written.isdecimal() and len(written) <= _MOST_DIGITS
    episode = read_episode(explorer.engine, int(written)) if is_number else None
    if episode is None:
        raise no_such_episode(written)
    return episode


def find_episode_of(explorer: Explorer, picture: Picture, project: str, written: str) -> Episode:
    """Return a wiki's busy spell of a number, as :func:`find_episode` does; a wiki that moved leads to its page.

    Raises
    ------
    MovedError
        If the wiki's address is another.
    ProblemError
        404, if there is no such wiki, or it has no such busy spell.
    """
    check_wiki(explorer, picture, project)
    try:
        episode = find_episode(explorer, written)
        if episode.project != project:
            raise no_such_episode(written)
    except ProblemError as error:
        error.alike = [(f"/live/{project}", f"{project} live, with its busy spells")]
        raise
    return episode


def no_such_episode(written: str) -> ProblemError:
    """Make the answer for a number that is no busy spell's."""
    return ProblemError(HTTPStatus.NOT_FOUND, "No such busy spell", f"There is no busy spell {quote_value(written)}.")


def view_whole(explorer: Explorer, picture: Picture, episode: Episode) -> WholeEpisodeModel:
    """Say what is known of a busy spell, and of the minutes around it.

    Those that are kept count; the ones since then are as the live store has them.
    """
    if episode.is_of_page:
        missing = "Minutes are kept of whole wikis, not of single pages."
        return WholeEpisodeModel(**dict(view_episode(picture, episode)), points=[], missing=missing)
    kept = None if episode.id is None else read_episode_minutes(explorer.engine, episode.id)
    minutes = _add_live(picture, episode, kept or begin_minutes(episode.started_at))
    points = [
        PointModel(minute=minute, edits=counts and counts[0], bots=counts and counts[1]) for minute, counts in minutes
    ]
    if all(point.edits is None for point in points):
        points = []
    return WholeEpisodeModel(
        **dict(view_episode(picture, episode)), points=points, missing=_describe_missing(episode, points)
    )


def draw_whole(whole: WholeEpisodeModel, episode: Episode) -> ChartDrawing | None:
    """Draw the minutes around a busy spell; None where none is known."""
    until = whole.points[-1].minute + MINUTE if whole.points else 0
    end = episode.ended_at or episode.updated_at
    return draw_episode(
        whole.points,
        [_count(episode, point) for point in whole.points],
        find_span(episode, until),
        whole.usual,
        (episode.started_at.timestamp(), end.timestamp() if episode.closed_at is not None else until),
    )


def _count(episode: Episode, point: PointModel) -> int | None:
    if point.edits is None or point.bots is None:
        return None
    return point.edits - point.bots if episode.detector.judges_people else point.edits


def _add_live(picture: Picture, episode: Episode, minutes: EpisodeMinutes) -> EpisodeMinutes:
    live = picture.minutes
    _, last = find_span(episode, live.until)
    until = min(last, live.until)
    oldest = live.until - SHOWN_MINUTES * MINUTE
    found = {}
    for minute in range(max(minutes.until, oldest), until, MINUTE):
        point = live.point(episode.project, minute)
        found[minute] = None if point.edits is None or point.bots is None else (point.edits, point.bots)
    return minutes.extend(until, found) if found else minutes


def _describe_missing(episode: Episode, points: list[PointModel]) -> str:
    if not points:
        return (
            "The minutes around this busy spell are not known: it was before they were kept, or the live counts were "
            "lost before they could be."
        )
    said = []
    unseen = sum(point.edits is None for point in points)
    if unseen:
        many = "1 minute was" if unseen == 1 else f"{unseen:,} minutes were"
        said.append(f"Of {len(points):,} minutes {many} not seen whole; the line is broken there.")
    until = points[-1].minute + MINUTE
    _, last = find_span(episode, until)
    if episode.closed_at is None:
        said.append("It goes on: load the page again for the minutes that have passed since.")
    elif until < last:
        said.append(f"The minutes from {format_clock(until)} to {format_clock(last)} UTC are not there yet.")
    return " ".join(said)

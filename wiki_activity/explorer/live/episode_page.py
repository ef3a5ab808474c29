"""`/live/{project}/episodes/{number}`: one busy spell, as it was, for good."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from wiki_activity.domain.concealment import conceal
from wiki_activity.domain.episodes import Episode
from wiki_activity.domain.notes import Note, Scope, Subject
from wiki_activity.explorer.accounts.dependencies import PageReader
from wiki_activity.explorer.accounts.people import is_reviewing
from wiki_activity.explorer.context import CurrentExplorer, CurrentSnapshot
from wiki_activity.explorer.live.drawing import CHART_HEIGHT, CHART_WIDTH, format_clock
from wiki_activity.explorer.live.episode_view import draw_whole, find_episode_of, view_whole
from wiki_activity.explorer.live.live_wording import describe_telling
from wiki_activity.explorer.note_search import NoteQuery, find_notes
from wiki_activity.explorer.pages import wording
from wiki_activity.explorer.pages.note_view import address_new, describe_subject
from wiki_activity.explorer.rendering import knows_only, render
from wiki_activity.explorer.snapshot import Snapshot
from wiki_activity.slack.slack_wording import about

router = APIRouter(include_in_schema=False)


@router.get("/live/{project}/episodes/{number}", response_class=HTMLResponse, dependencies=[knows_only()])
def show_episode(
    request: Request,
    *,
    explorer: CurrentExplorer,
    snapshot: CurrentSnapshot,
    person: PageReader,
    project: str,
    number: str,
) -> Response:
    """Show one busy spell."""
    picture = explorer.live.read()
    episode = find_episode_of(explorer, picture, project, number)
    whole = view_whole(explorer, picture, episode)
    notes = _list_notes(snapshot, episode, reviewing=is_reviewing(person))
    return render(
        request,
        "live_episode.html",
        words=wording,
        may_review=is_reviewing(person),
        episode=whole,
        by_people=episode.detector.judges_people,
        average=episode.average_times,
        excess=None if episode.excess is None else about(episode.excess),
        told=describe_telling(episode),
        chart=draw_whole(whole, episode),
        chart_size=(CHART_WIDTH, CHART_HEIGHT),
        clock=format_clock,
        wiki=picture.wikis.get(project),
        notes=[(note, describe_subject(note.subject, snapshot.catalogue)) for note in notes],
        new_note=address_new(Subject(Scope.of_wiki(project), *episode.days, episode_id=episode.id)),
    )


def _list_notes(snapshot: Snapshot, episode: Episode, *, reviewing: bool) -> list[Note]:
    """List the notes on the spell itself, then those on its days."""
    if episode.project not in snapshot.catalogue.wikis:
        return []
    first, last = episode.days
    shown = [
        one if reviewing else conceal(one)
        for one in find_notes(snapshot, NoteQuery(project=episode.project), reviewing=reviewing)
        if (about := one.subject).episode_id == episode.id
        or (about.episode_id is None and about.first <= last and about.last >= first)
    ]
    return sorted(shown, key=lambda one: one.subject.episode_id is None)

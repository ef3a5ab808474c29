"""`…/peaks/{month}/annotation`: the note on exactly one month, as the first version of the API named it."""

from datetime import date
from http import HTTPStatus

from fastapi import APIRouter, Request, Response

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.note_text import check_text
from wiki_activity.domain.notes import Note
from wiki_activity.domain.wikis import Wiki
from wiki_activity.explorer.accounts.dependencies import Editor, Reader, Reviewer
from wiki_activity.explorer.accounts.people import Role
from wiki_activity.explorer.api import notes
from wiki_activity.explorer.api.documented import Responses, problems, readable
from wiki_activity.explorer.api.models import NoteModel, note_model
from wiki_activity.explorer.api.note_changing import author_of, changing, no_note
from wiki_activity.explorer.api.note_models import (
    HistoryModel,
    MonthNoteBody,
    RevertBody,
    ReviewBody,
)
from wiki_activity.explorer.api.parameters import KnownWiki, MetricQuery, MonthPath
from wiki_activity.explorer.api.peak import no_peak
from wiki_activity.explorer.context import CurrentExplorer, CurrentSnapshot, Explorer
from wiki_activity.explorer.snapshot import Snapshot
from wiki_activity.storage.notes import save_month_note

router = APIRouter(prefix="/projects/{project}/peaks/{month}/annotation", tags=["notes"])

_CHANGE = problems(400, 401, 403, 404, 409, 413, 415, 422)
_CREATED: Responses = {201: {"model": NoteModel, "description": "The first note on exactly this month"}}


@router.put("", summary="Say what happened in a month", response_model=NoteModel, responses=_CREATED | _CHANGE)
def save(
    explorer: CurrentExplorer,
    response: Response,
    *,
    editor: Editor,
    wiki: KnownWiki,
    month: MonthPath,
    body: MonthNoteBody,
    metric: MetricQuery = Metric.EDITS,
) -> NoteModel:
    """Save a new note (`version` 0), or change the one whose version is named.

    There has to be a peak by any rule, or a note already; `POST /notes` takes notes on any days.
    """
    with changing(explorer):
        text = check_text(body.label, body.note, body.link, body.kind)
        known = explorer.snapshots.read().wiki(wiki.project)
        if known.find_month_note(metric, month) is None and not known.peaks(metric, month, month):
            raise no_peak(wiki.project, month)
        saved = save_month_note(
            explorer.engine, metric, wiki.project, month, text,
            version=body.version, author=author_of(editor), now=explorer.clock(), even_hidden=editor.may(Role.REVIEWER),
        )  # fmt: skip
    if body.version == 0:
        response.status_code = HTTPStatus.CREATED
    return note_model(saved)


@router.post("/revert", summary="Go back to an earlier text", response_model=NoteModel, responses=_CHANGE)
def revert(
    explorer: CurrentExplorer,
    *,
    reviewer: Reviewer,
    wiki: KnownWiki,
    month: MonthPath,
    body: RevertBody,
    metric: MetricQuery = Metric.EDITS,
) -> NoteModel:
    """Make the text of an earlier revision the newest one again, as a new revision."""
    return notes.revert(explorer, reviewer=reviewer, note_id=_find(explorer, wiki, month, metric), body=body)


@router.post("/hide", summary="Keep a note from readers", response_model=NoteModel, responses=_CHANGE)
def hide(
    explorer: CurrentExplorer,
    *,
    reviewer: Reviewer,
    wiki: KnownWiki,
    month: MonthPath,
    body: ReviewBody,
    metric: MetricQuery = Metric.EDITS,
) -> NoteModel:
    """Keep all texts so far from readers; reviewers still see them."""
    return notes.hide(explorer, reviewer=reviewer, note_id=_find(explorer, wiki, month, metric), body=body)


@router.post("/unhide", summary="Show a hidden note again", response_model=NoteModel, responses=_CHANGE)
def unhide(
    explorer: CurrentExplorer,
    *,
    reviewer: Reviewer,
    wiki: KnownWiki,
    month: MonthPath,
    body: ReviewBody,
    metric: MetricQuery = Metric.EDITS,
) -> NoteModel:
    """Show readers again what was hidden."""
    return notes.unhide(explorer, reviewer=reviewer, note_id=_find(explorer, wiki, month, metric), body=body)


@router.get("/history", summary="How a note came about", response_model=HistoryModel, responses=readable(404, 422))
async def show_history(
    request: Request,
    explorer: CurrentExplorer,
    snapshot: CurrentSnapshot,
    *,
    reader: Reader,
    wiki: KnownWiki,
    month: MonthPath,
    metric: MetricQuery = Metric.EDITS,
) -> Response:
    """List the revisions, oldest first, as the reader may see them."""
    note = _choose(snapshot, wiki, month, metric)
    return await notes.show_history(request, explorer, snapshot, reader=reader, note_id=note.id)


def _find(explorer: Explorer, wiki: Wiki, month: date, metric: Metric) -> int:
    with changing(explorer):
        return _choose(explorer.snapshots.read(), wiki, month, metric).id


def _choose(snapshot: Snapshot, wiki: Wiki, month: date, metric: Metric) -> Note:
    note = snapshot.wiki(wiki.project).find_month_note(metric, month)
    if note is None:
        raise no_note()
    return note

"""`/notes`: what people know of any days of any wikis, found, written and changed."""

from datetime import date
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import Field

from wiki_activity.domain.concealment import conceal, conceal_history
from wiki_activity.domain.note_text import NoteKind, check_reason, check_text
from wiki_activity.domain.notes import Note, Subject, check_subject
from wiki_activity.explorer.accounts.dependencies import Editor, Reader, Reviewer, SignedIn, Writer
from wiki_activity.explorer.accounts.people import Person, Role, is_reviewing
from wiki_activity.explorer.answers import answer
from wiki_activity.explorer.api.base_model import Model
from wiki_activity.explorer.api.csv_files import CSV, Cell, name_file, write_csv
from wiki_activity.explorer.api.cursors import bad_cursor, read_cursor, write_cursor
from wiki_activity.explorer.api.documented import Responses, problems, readable
from wiki_activity.explorer.api.models import NoteModel, note_json, note_model
from wiki_activity.explorer.api.note_changing import author_of, changing, no_note, reviewers_only
from wiki_activity.explorer.api.note_models import (
    HistoryModel,
    NoteBody,
    NoteChangeBody,
    ReportBody,
    RevertBody,
    ReviewBody,
    SettleBody,
    revision_model,
)
from wiki_activity.explorer.api.parameters import Cursor, Day, Limit, refuse
from wiki_activity.explorer.context import CurrentExplorer, CurrentSnapshot, Explorer, find_wiki
from wiki_activity.explorer.note_search import NoteQuery, find_notes
from wiki_activity.explorer.scopes import check_episode, check_scope
from wiki_activity.explorer.snapshot import Snapshot
from wiki_activity.storage.note_reading import read_history
from wiki_activity.storage.note_reports import report_note, settle_reports
from wiki_activity.storage.notes import create_note, edit_note, hide_note, revert_note, unhide_note

router = APIRouter(prefix="/notes", tags=["notes"])

_KIND = "notes"
_MOST_ROWS = 10_000
_MOST_ID = 2**53
_CHANGE = problems(400, 401, 403, 404, 409, 413, 415, 422)
_CREATED: Responses = {
    201: {"model": NoteModel, "description": "Everybody sees it"},
    202: {"model": NoteModel, "description": "Proposed: readers see it once a reviewer has published it"},
}
_CSV_CONTENT = {"text/csv": {"schema": {"type": "string"}, "example": "id,scope,wikis,first,last,metric,kind,label…"}}

NoteId = Annotated[int, Path(ge=1, le=_MOST_ID, description="The note’s number.")]
Text = Annotated[str, Query(max_length=200, description="In the label, the note or the source.")]
Project = Annotated[
    str | None, Query(max_length=255, description="Notes that cover this wiki.", examples=["hi.wikipedia.org"])
]
First = Annotated[Day | None, Query(alias="from", description="First day.", examples=["2025-11-01"])]
Last = Annotated[Day | None, Query(alias="to", description="Last day, included.", examples=["2025-11-30"])]


class NotesModel(Model):
    """A page of notes, the newest days first."""

    items: list[NoteModel]
    next: str | None = Field(description="`cursor` of the next page; null on the last one.")


@router.get("", summary="What people know", response_model=NotesModel, responses=readable(404, 422))
async def list_notes(
    request: Request,
    snapshot: CurrentSnapshot,
    *,
    reader: Reader,
    q: Text = "",
    project: Project = None,
    kind: NoteKind | None = None,
    first: First = None,
    last: Last = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """List notes that touch some days, of all wikis or of one; reviewers see hidden and proposed ones too."""
    query = await _read_query(snapshot, q, project, kind, first, last)
    before = None if cursor is None else _read_place(cursor)
    reviewing = is_reviewing(reader)

    def make() -> bytes:
        found = find_notes(snapshot, query, reviewing=reviewing)
        rest = [note for note in found if before is None or (note.subject.last, note.id) < before]
        shown = rest[:limit]
        following = write_cursor(_KIND, *_place(shown[-1])) if len(rest) > limit else None
        return NotesModel(items=[note_model(one) for one in shown], next=following).model_dump_json().encode()

    return await answer(request, make, version=(snapshot.notes, snapshot.lists, reviewing))


@router.get(
    ".csv", summary="What people know, as a table", response_class=Response,
    responses=readable(404, 422, content=_CSV_CONTENT),
)  # fmt: skip
async def download_notes(
    request: Request,
    snapshot: CurrentSnapshot,
    *,
    q: Text = "",
    project: Project = None,
    kind: NoteKind | None = None,
    first: First = None,
    last: Last = None,
) -> Response:
    """Give the same as a CSV file, as everybody may see it: at most 10,000 rows, the newest days first."""
    query = await _read_query(snapshot, q, project, kind, first, last)

    def make() -> bytes:
        # A file is passed on: what is hidden is in nobody's.
        found = find_notes(snapshot, query, reviewing=False)[:_MOST_ROWS]
        header = ["id", "scope", "wikis", "first", "last", "metric", "kind", "label", "note", "link", "author", "at"]
        return write_csv(header, map(_write_row, found))

    version = (snapshot.notes, snapshot.lists)
    return await answer(request, make, version=version, media_type=CSV, headers=name_file("notes"))


@router.post(
    "",
    summary="Say what you know",
    response_model=NoteModel,
    responses=_CREATED | _CHANGE,
    status_code=HTTPStatus.CREATED,
)
def create(explorer: CurrentExplorer, response: Response, *, person: Writer, body: NoteBody) -> NoteModel:
    """Save a note on any days of one wiki; reviewers also on a language, a family, a list of wikis, or all.

    Whoever may not write proposes it instead: a reviewer publishes it.
    """
    with changing(explorer):
        text = check_text(body.label, body.note, body.link, body.kind)
        subject = _read_subject(explorer, body)
        proposed = not _may_write_on(person, subject)
        saved = create_note(
            explorer.engine, subject, text, author=author_of(person), now=explorer.clock(), proposed=proposed
        )
    if proposed:
        response.status_code = HTTPStatus.ACCEPTED
    response.headers["Location"] = f"/api/v1/notes/{saved.id}"
    return note_model(saved)


@router.get("/{note_id}", summary="One note", response_model=NoteModel, responses=readable(404, 422))
async def show_note(request: Request, snapshot: CurrentSnapshot, *, reader: Reader, note_id: NoteId) -> Response:
    """Give a note; of a hidden one everything but its text."""
    reviewing = is_reviewing(reader)
    note = find_note(snapshot, note_id, reviewing=reviewing)
    return await answer(request, lambda: note_model(note).model_dump_json().encode(), version=(note, reviewing))


@router.put("/{note_id}", summary="Change a note", response_model=NoteModel, responses=_CHANGE)
def change(explorer: CurrentExplorer, *, editor: Editor, note_id: NoteId, body: NoteChangeBody) -> NoteModel:
    """Save what a note says from now on, and of which days and wikis, as a new revision."""
    with changing(explorer):
        text = check_text(body.label, body.note, body.link, body.kind)
        subject = _read_subject(explorer, body)
        find_note(explorer.snapshots.read(), note_id, reviewing=editor.may(Role.REVIEWER))
        if not _may_write_on(editor, subject):
            raise reviewers_only()
        return note_model(
            edit_note(
                explorer.engine, note_id, text, subject=subject, version=body.version, author=author_of(editor),
                now=explorer.clock(), even_hidden=editor.may(Role.REVIEWER), even_wide=editor.may(Role.REVIEWER),
            )
        )  # fmt: skip


@router.post("/{note_id}/revert", summary="Go back to an earlier text", response_model=NoteModel, responses=_CHANGE)
def revert(explorer: CurrentExplorer, *, reviewer: Reviewer, note_id: NoteId, body: RevertBody) -> NoteModel:
    """Make an earlier revision the newest one again, as a new revision."""
    with changing(explorer):
        return note_model(
            revert_note(
                explorer.engine, note_id, revision=body.revision, version=body.version, author=author_of(reviewer),
                reason=check_reason(body.reason), now=explorer.clock(), even_hidden=True,
            )
        )  # fmt: skip


@router.post("/{note_id}/hide", summary="Keep a note from readers", response_model=NoteModel, responses=_CHANGE)
def hide(explorer: CurrentExplorer, *, reviewer: Reviewer, note_id: NoteId, body: ReviewBody) -> NoteModel:
    """Keep all texts so far from readers; reviewers still see them."""
    with changing(explorer):
        reason, author, now = check_reason(body.reason), author_of(reviewer), explorer.clock()
        return note_model(
            hide_note(explorer.engine, note_id, version=body.version, author=author, reason=reason, now=now)
        )


@router.post("/{note_id}/unhide", summary="Show or publish a note", response_model=NoteModel, responses=_CHANGE)
def unhide(explorer: CurrentExplorer, *, reviewer: Reviewer, note_id: NoteId, body: ReviewBody) -> NoteModel:
    """Show readers again what was hidden, or for the first time what was proposed."""
    with changing(explorer):
        reason, author, now = check_reason(body.reason), author_of(reviewer), explorer.clock()
        return note_model(
            unhide_note(explorer.engine, note_id, version=body.version, author=author, reason=reason, now=now)
        )


@router.post("/{note_id}/report", summary="Say what is wrong with a note", status_code=HTTPStatus.ACCEPTED,
             responses=problems(400, 401, 403, 404, 413, 415, 422))  # fmt: skip
def report(explorer: CurrentExplorer, *, person: SignedIn, note_id: NoteId, body: ReportBody) -> None:
    """Let reviewers know; nobody else sees it."""
    with changing(explorer):
        find_note(explorer.snapshots.read(), note_id, reviewing=is_reviewing(person))
        report_note(explorer.engine, note_id, person.id, check_reason(body.reason), explorer.clock())


@router.post("/{note_id}/settle", summary="Settle what was reported", status_code=HTTPStatus.NO_CONTENT,
             responses=problems(400, 401, 403, 404, 413, 415, 422))  # fmt: skip
def settle(explorer: CurrentExplorer, *, reviewer: Reviewer, note_id: NoteId, body: SettleBody) -> None:  # noqa: ARG001
    """Note that a reviewer has looked at all that readers said of a note."""
    with changing(explorer):
        find_note(explorer.snapshots.read(), note_id, reviewing=is_reviewing(reviewer))
        settle_reports(explorer.engine, note_id, explorer.clock())


@router.get("/{note_id}/history", summary="How a note came about", response_model=HistoryModel,
            responses=readable(404, 422))  # fmt: skip
async def show_history(
    request: Request, explorer: CurrentExplorer, snapshot: CurrentSnapshot, *, reader: Reader, note_id: NoteId
) -> Response:
    """List the revisions, oldest first, as the reader may see them."""
    reviewing = is_reviewing(reader)
    note = find_note(snapshot, note_id, reviewing=reviewing)

    def make() -> bytes:
        revisions = read_history(explorer.engine, note_id)
        seen = revisions if reviewing else conceal_history(revisions)
        return HistoryModel(items=[revision_model(one) for one in seen]).model_dump_json().encode()

    return await answer(request, make, version=(note, reviewing))


def find_note(snapshot: Snapshot, note_id: int, *, reviewing: bool) -> Note:
    """Find a note as the reader may see it.

    Raises
    ------
    ProblemError
        404, if there is none, or it is only proposed and the reader may not see that.
    """
    note = next((one for one in snapshot.written if one.id == note_id), None)
    if note is None or (note.proposed and not reviewing):
        raise no_note()
    return note if reviewing else conceal(note)


def _may_write_on(person: Person, subject: Subject) -> bool:
    return person.may(Role.REVIEWER if subject.scope.is_wide else Role.EDITOR)


def _read_subject(explorer: Explorer, body: NoteBody) -> Subject:
    scope = check_scope(body.scope.kind, body.scope.key, explorer.catalogue)
    subject = Subject(scope, body.first, body.last, body.metric, body.episode_id)
    check_episode(explorer.engine, subject)
    return check_subject(subject, explorer.clock().date())


async def _read_query(  # noqa: PLR0917 - what a list may be asked for
    snapshot: Snapshot, text: str, project: str | None, kind: NoteKind | None, first: date | None, last: date | None
) -> NoteQuery:
    if first is not None and last is not None and last < first:
        raise refuse("to", f"{last} is before {first}")
    wiki = None if project is None else await find_wiki(snapshot, project)
    return NoteQuery(text, None if wiki is None else wiki.project, kind, first, last)


def _place(note: Note) -> tuple[str, int]:
    return note.subject.last.isoformat(), note.id


def _read_place(cursor: str) -> tuple[date, int]:
    last, number = read_cursor(_KIND, cursor, str, int)
    try:
        return date.fromisoformat(str(last)), int(number)
    except ValueError:
        raise bad_cursor() from None


def _write_row(note: Note) -> list[Cell]:
    made = note_json(note)
    scope, told = note.subject.scope, ("first", "last", "metric", "kind", "label", "note", "link", "author", "at")
    return [note.id, scope.kind, scope.key, *(made[name] for name in told)]

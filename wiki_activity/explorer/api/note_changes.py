"""`/annotations`: every change of any note, newest first, as JSON and as an Atom feed."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import Field

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.months import format_month
from wiki_activity.domain.notes import Change, ScopeKind
from wiki_activity.explorer.answers import answer
from wiki_activity.explorer.api.atom import ATOM, write_feed
from wiki_activity.explorer.api.base_model import Model
from wiki_activity.explorer.api.cursors import bad_cursor, read_cursor, write_cursor
from wiki_activity.explorer.api.documented import readable
from wiki_activity.explorer.api.note_models import RevisionModel, revision_model
from wiki_activity.explorer.api.parameters import Cursor, Limit, Moment
from wiki_activity.explorer.api.peak import link_to_note
from wiki_activity.explorer.context import CurrentExplorer, CurrentSnapshot, Explorer
from wiki_activity.storage.note_reading import ChangeCursor, read_changes

router = APIRouter(prefix="/annotations", tags=["notes"])

_KIND = "changes"
_MOST_KEY = 2**53
_ENTRIES = 50
_ATOM_CONTENT = {"application/atom+xml": {"schema": {"type": "string"}}}

Since = Annotated[
    Moment | None, Query(description="Only what was done at or after this moment.", examples=["2026-10-05T12:00:00Z"])
]


class ChangeModel(RevisionModel):
    """One revision of one note."""

    annotation_id: int = Field(description="Number of the note.")
    project: str | None = Field(description="The wiki; null where the note is about several.")
    metric: Metric | None
    month: str = Field(description="In which the note begins.", examples=["2025-03"])
    hidden_now: bool = Field(description="Whether the note is hidden now.")
    page: str = Field(description="The page for people.")


class ChangesModel(Model):
    """A page of changes, newest first."""

    items: list[ChangeModel]
    next: str | None


@router.get("", summary="What people wrote and changed", response_model=ChangesModel, responses=readable(422))
async def list_changes(
    request: Request,
    explorer: CurrentExplorer,
    snapshot: CurrentSnapshot,
    *,
    since: Since = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """List every change, reverts and hidings included, newest first; what is hidden is without its text."""
    before = None if cursor is None else _read_place(cursor)

    def make() -> bytes:
        found = read_changes(explorer.engine, since=since, before=before, limit=limit + 1)
        shown = found[:limit]
        following = _write_place(shown[-1]) if len(found) > limit else None
        items = [_model(explorer, one) for one in shown]
        return ChangesModel(items=items, next=following).model_dump_json().encode()

    return await answer(request, make, version=snapshot.notes)


@router.get(
    ".atom", summary="What people wrote and changed, as a feed", response_class=Response,
    responses=readable(422, content=_ATOM_CONTENT),
)  # fmt: skip
async def follow_changes(
    request: Request, explorer: CurrentExplorer, snapshot: CurrentSnapshot, since: Since = None
) -> Response:
    """Give the newest changes to feed readers."""
    version = (snapshot.notes, snapshot.catalogue.names)

    def make() -> bytes:
        return write_feed(explorer, snapshot.catalogue, read_changes(explorer.engine, since=since, limit=_ENTRIES))

    return await answer(request, make, version=version, media_type=ATOM)


def _model(explorer: Explorer, change: Change) -> ChangeModel:
    subject = change.revision.subject
    return ChangeModel(
        **revision_model(change.revision).model_dump(),
        annotation_id=change.note_id,
        project=subject.scope.key if subject.scope.kind is ScopeKind.WIKI else None,
        metric=subject.metric,
        month=format_month(subject.first),
        hidden_now=change.hidden,
        page=link_to_note(explorer, change),
    )


def _write_place(change: Change) -> str:
    at, annotation, number = change.cursor
    return write_cursor(_KIND, at.isoformat(), annotation, number)


def _read_place(cursor: str) -> ChangeCursor:
    at, annotation, number = read_cursor(_KIND, cursor, str, int, int)
    try:
        moment = datetime.fromisoformat(str(at))
    except ValueError:
        raise bad_cursor() from None
    place = (moment, int(annotation), int(number))
    # What was not written here may lie outside of what a database can compare.
    if moment.utcoffset() is None or moment.utcoffset() or not all(0 <= key <= _MOST_KEY for key in place[1:]):
        raise bad_cursor()
    return place

"""Reading notes: all of them, their histories, and the feed of all changes."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, and_, or_, select

from wiki_activity.domain.concealment import conceal_history
from wiki_activity.domain.daily_history import DayRange
from wiki_activity.domain.note_text import NoteKind
from wiki_activity.domain.notes import Change, Note, NoteAction, Revision, ScopeKind
from wiki_activity.storage.database import reading
from wiki_activity.storage.note_rows import (
    IS_NEWEST,
    make_note,
    make_revision,
    read_revisions,
    select_notes,
    select_revisions,
)
from wiki_activity.storage.schema import note_revisions as steps
from wiki_activity.storage.schema import notes as table

ChangeCursor = tuple[datetime, int, int]
"""Moment, note and revision: where a page of the feed ended."""


def read_notes(engine: Engine) -> list[Note]:
    """Read all notes, by the day on which they begin; hidden ones with the text that `conceal` takes away."""
    with reading(engine) as connection:
        return [make_note(row) for row in connection.execute(select_notes().order_by(steps.c.first, table.c.id))]


def list_noted_days(
    engine: Engine, kinds: Collection[NoteKind], since: date, until: date
) -> list[tuple[str, DayRange]]:
    """List the days of one wiki, with its project, that notes which readers see are about.

    Parameters
    ----------
    kinds
        Of the notes.
    since, until
        The last of the days is between these, the second one excluded.
    """
    query = select(steps.c.scope_key, steps.c.first, steps.c.last).join(table, IS_NEWEST)
    query = query.where(
        steps.c.hidden.is_(False),
        steps.c.kind.in_(kinds),
        steps.c.scope_kind == ScopeKind.WIKI,
        steps.c.episode_id.is_(None),
        steps.c.last >= since,
        steps.c.last < until,
    )
    with reading(engine) as connection:
        rows = connection.execute(query.distinct().order_by(steps.c.last, steps.c.first, steps.c.scope_key)).all()
    return [(row.scope_key, DayRange(row.first, row.last)) for row in rows]


def read_history(engine: Engine, note_id: int) -> list[Revision]:
    """Read all revisions of a note, oldest first; empty where there is none.

    They come with all their texts: `conceal_history` takes away what not everybody may see.
    """
    with reading(engine) as connection:
        return read_revisions(connection, note_id)


def read_changes(
    engine: Engine, *, since: datetime | None = None, before: ChangeCursor | None = None, limit: int = 50
) -> list[Change]:
    """Read the newest revisions of all notes as everybody may see them, newest first; proposals are left out.

    Parameters
    ----------
    since
        Only what was done at or after this moment, UTC.
    before
        Where the page before ended: the `cursor` of its last change. What is written meanwhile shifts no page.
    limit
        At most so many.
    """
    moment, number = steps.c.at, steps.c.number
    query = select_revisions().where(steps.c.action.not_in([NoteAction.PROPOSE, NoteAction.REJECT]))
    query = query.order_by(moment.desc(), steps.c.note_id.desc(), number.desc()).limit(limit)
    if since is not None:
        query = query.where(moment >= since)
    if before is not None:
        query = query.where(_is_before(before))
    with reading(engine) as connection:
        rows = list(connection.execute(query))
        # Read last: what was hidden meanwhile is left out.
        histories = _read_public_histories(connection, {row.note_id for row in rows})
    return [_make_change(row, histories[row.note_id]) for row in rows]


def _is_before(cursor: ChangeCursor) -> ColumnElement[bool]:
    at, note_id, number = cursor
    moment, note = steps.c.at, steps.c.note_id
    # A comparison of rows would not use the index on MariaDB.
    same_moment = or_(note < note_id, and_(note == note_id, steps.c.number < number))
    return and_(moment <= at, or_(moment < at, same_moment))


def _read_public_histories(connection: Connection, notes: Collection[int]) -> dict[int, list[Revision]]:
    whole: dict[int, list[Revision]] = defaultdict(list)
    query = select_revisions().where(steps.c.note_id.in_(notes)).order_by(steps.c.note_id, steps.c.number)
    for row in connection.execute(query):
        whole[row.note_id].append(make_revision(row))
    return {note: conceal_history(history) for note, history in whole.items()}


def _make_change(row: Any, history: list[Revision]) -> Change:  # noqa: ANN401, RUF100
    return Change(note_id=row.note_id, revision=history[row.number - 1], hidden=history[-1].hidden)

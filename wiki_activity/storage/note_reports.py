"""What readers say is wrong with a note: kept for reviewers, shown to nobody else, and settled by them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, select, update

from wiki_activity.storage.data_version import NOTES, mark_changed
from wiki_activity.storage.database import reading, write
from wiki_activity.storage.schema import note_reports as table
from wiki_activity.storage.upsert import upsert


@dataclass(frozen=True, slots=True)
class NoteReport:
    """What one reader says is wrong, and when they said it, UTC."""

    reason: str
    at: datetime


def report_note(engine: Engine, note_id: int, person_id: str, reason: str, now: datetime) -> None:
    """Keep what a reader says; what the same reader said before of this note gives way to it.

    Parameters
    ----------
    note_id
        Of a note that there is.
    reason
        As `check_reason` made it.
    now
        UTC.
    """
    row = {"note_id": note_id, "person_id": person_id, "at": now, "reason": reason, "settled_at": None}

    def keep(connection: Connection) -> None:
        upsert(connection, table, [row])
        mark_changed(connection, (NOTES,), now)

    write(engine, keep)


def settle_reports(engine: Engine, note_id: int, now: datetime) -> None:
    """Note that a reviewer has looked at all that was said of a note; `now` is UTC."""

    def settle(connection: Connection) -> None:
        still_open = (table.c.note_id == note_id, table.c.settled_at.is_(None))
        connection.execute(update(table).where(*still_open).values(settled_at=now))
        mark_changed(connection, (NOTES,), now)

    write(engine, settle)


def read_open_reports(engine: Engine) -> Mapping[int, list[NoteReport]]:
    """Read what nobody has looked at yet, by note, oldest first."""
    query = select(table).where(table.c.settled_at.is_(None)).order_by(table.c.at, table.c.person_id)
    found: dict[int, list[NoteReport]] = {}
    with reading(engine) as connection:
        for row in connection.execute(query):
            found.setdefault(row.note_id, []).append(NoteReport(row.reason, row.at))
    return found

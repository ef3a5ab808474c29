"""What tells the states of counts, peaks and notes apart, for those who keep what they made of them.

Each change draws a number in the transaction that makes it. It is drawn and not counted, since a database that is put
back to an older state and goes on from there would count to the same numbers again. Read the numbers first and the data
after them: what is kept by them is then never older than they say.
"""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, column, func, insert, select, table, update
from sqlalchemy.exc import IntegrityError

from wiki_activity.storage.database import reading
from wiki_activity.storage.schema import data_changes, metadata
from wiki_activity.storage.upsert import upsert

_EPOCH = "epoch"
"""Stands for every subject that has not changed yet; drawn when the table was made."""
_BITS = 48
"""Wide enough never to meet the same number, and for SQLite to add up those of thirty thousand subjects."""
PEAKS = "peaks"
"""Any wiki's peaks, or what was found behind them, have changed; besides this, a wiki's own name stands for all that is
stored of it."""
NOTES = "annotations"
"""Any note has; the word is that of the databases that there are."""
WIKIS = "wikis"
"""The names of wikis, or which there are, may have."""
CALENDAR = "calendar"
"""Community events, or what is known of faults of the figures, may have."""
JUDGED = "judged"
"""All peaks were compared with what was found, changed or not; see :func:`count_detection`."""

_NO_WIKIS = frozenset({_EPOCH, PEAKS, NOTES, WIKIS, CALENDAR, JUDGED})


@dataclass(frozen=True, slots=True)
class DataVersion:
    """In which state each subject is.

    Parameters
    ----------
    numbers
        By subject; one that is absent has not changed yet.
    tables
        Of MySQL, when the tables were made: another number after each that a dump has put back. The dump's numbers
        come before most of the data that they stand for. SQLite's file is put back as a whole.
    """

    numbers: Mapping[str, int]
    tables: int = 0

    @property
    def fingerprint(self) -> int:
        """One number for all of them: alike where they are, so wide that it may stand in a float."""
        return (sum(self.numbers.values()) + self.tables) % (1 << _BITS)

    @property
    def wikis(self) -> list[str]:
        """Those of the subjects that are wikis."""
        return [subject for subject in self.numbers if subject not in _NO_WIKIS]

    def of(self, *subjects: str) -> tuple[int, ...]:
        """Return a number for each of these subjects, in their order: as long as it is the same, so is the state."""
        unchanged = self.numbers.get(_EPOCH, 0)
        return tuple(self.numbers.get(subject, unchanged) + self.tables for subject in subjects)


def read_data_version(engine: Engine, known: DataVersion | None = None) -> DataVersion:
    """Read in which state each subject is.

    Parameters
    ----------
    engine
        Where from.
    known
        What was read before: where nothing has changed since then, one sum is all that is read.
    """
    with reading(engine) as connection:
        tables = 0 if engine.dialect.name == "sqlite" else int(connection.execute(_TABLES).scalar() or 0)
        if known is not None and known.tables == tables:
            subjects, changes = connection.execute(_SUMS).one()
            # A change makes another sum, but for one chance in very many.
            if (subjects, int(changes or 0)) == (len(known.numbers), sum(known.numbers.values())):
                return known
        return DataVersion({row.subject: row.number for row in connection.execute(_NUMBERS)}, tables)


def mark_changed(connection: Connection, subjects: Iterable[str], now: datetime) -> None:
    """Draw a new number for each subject, in the transaction that changes it.

    Parameters
    ----------
    connection
        In a writing transaction.
    subjects
        Projects, `PEAKS`, `NOTES`, `WIKIS` or `CALENDAR`.
    now
        UTC.
    """
    # In one order, so that two writers wait for each other instead of deadlocking.
    rows = [
        {"subject": subject, "number": 1 + secrets.randbits(_BITS), "changed_at": now}
        for subject in sorted(set(subjects))
    ]
    upsert(connection, data_changes, rows)


def read_detection_count(connection: Connection) -> int:
    """Read how often peaks were judged."""
    number = connection.execute(select(data_changes.c.number).where(data_changes.c.subject == JUDGED)).scalar()
    return int(number or 0)


def count_detection(connection: Connection, known: int, now: datetime) -> bool:
    """Count a judging, and tell whether it is the first one after the `known`; if not, roll back.

    Until the transaction ends no other one can count a judging. It is counted, and not drawn as the others are: it only
    has to tell two detections apart that overlap.
    """
    if not known:
        try:
            connection.execute(insert(data_changes).values(subject=JUDGED, number=1, changed_at=now))
        except IntegrityError:
            return False
        return True
    is_known = (data_changes.c.subject == JUDGED) & (data_changes.c.number == known)
    counted = update(data_changes).where(is_known).values(number=known + 1, changed_at=now)
    return connection.execute(counted).rowcount == 1


_NUMBERS = select(data_changes.c.subject, data_changes.c.number)
_SUMS = select(func.count(), func.sum(data_changes.c.number))
_TABLES = (
    select(func.sum(func.unix_timestamp(column("create_time"))))
    .select_from(table("tables", schema="information_schema"))
    .where(column("table_schema") == func.database(), column("table_name").in_(list(metadata.tables)))
)

"""Numbers that grow with every change of counts, peaks or annotations, for those who keep what they made of them.

Each change is counted in the transaction that makes it. Read the numbers first and the data after them: what is kept by
them is then never older than they say.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, Engine, select

from wiki_activity.storage.database import reading
from wiki_activity.storage.schema import data_changes
from wiki_activity.storage.upsert import insert_or_count

PEAKS = "peaks"
"""Any wiki's peaks have changed; besides this, a wiki's own name stands for its counts, peaks and annotations."""
ANNOTATIONS = "annotations"
"""Any annotation has."""

DataVersion = tuple[int, ...]
"""How often each of some subjects has changed."""


def read_data_version(engine: Engine, *subjects: str) -> DataVersion:
    """Read how often each subject has changed, in their order; 0 for one that never has.

    Parameters
    ----------
    engine
        Where from.
    subjects
        Projects, `PEAKS` or `ANNOTATIONS`.
    """
    query = select(data_changes.c.subject, data_changes.c.number).where(data_changes.c.subject.in_(subjects))
    with reading(engine) as connection:
        numbers = {row.subject: row.number for row in connection.execute(query)}
    return tuple(numbers.get(subject, 0) for subject in subjects)


def mark_changed(connection: Connection, subjects: Iterable[str], now: datetime) -> None:
    """Count a change of each subject, in the transaction that makes it.

    Parameters
    ----------
    connection
        In a writing transaction.
    subjects
        As in :func:`read_data_version`.
    now
        UTC.
    """
    # In one order, so that two writers wait for each other instead of deadlocking.
    rows = [{"subject": subject, "number": 1, "changed_at": now} for subject in sorted(set(subjects))]
    insert_or_count(connection, data_changes.c.number, rows)

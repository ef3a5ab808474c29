"""Numbers that grow with every change of counts, peaks or annotations, for those who keep what they made of them.

Each change is counted in the transaction that makes it. Read the numbers first and the data after them: what is kept by
them is then never older than they say.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, func, select

from wiki_activity.storage.database import reading
from wiki_activity.storage.schema import data_changes
from wiki_activity.storage.upsert import insert_or_count

PEAKS = "peaks"
"""Any wiki's peaks have changed; besides this, a wiki's own name stands for its counts, peaks and annotations."""
ANNOTATIONS = "annotations"
"""Any annotation has."""
JUDGED = "judged"
"""All peaks were compared with what was found, changed or not; see :func:`count_judging`."""


@dataclass(frozen=True, slots=True)
class DataVersion:
    """How often each subject has changed.

    Parameters
    ----------
    numbers
        By subject; one that is absent has not changed yet.
    """

    numbers: Mapping[str, int]

    def of(self, *subjects: str) -> tuple[int, ...]:
        """Return how often each of these subjects has changed, in their order; 0 for one that never has."""
        return tuple(self.numbers.get(subject, 0) for subject in subjects)


def read_data_version(engine: Engine, known: DataVersion | None = None) -> DataVersion:
    """Read how often each subject has changed.

    Parameters
    ----------
    engine
        Where from.
    known
        What was read before: where nothing has changed since then, one sum is all that is read.
    """
    with reading(engine) as connection:
        if known is not None:
            subjects, changes = connection.execute(_SUMS).one()
            # Numbers only grow, and subjects only become more.
            if (subjects, int(changes or 0)) == (len(known.numbers), sum(known.numbers.values())):
                return known
        return DataVersion({row.subject: row.number for row in connection.execute(_NUMBERS)})


def mark_changed(connection: Connection, subjects: Iterable[str], now: datetime) -> None:
    """Count a change of each subject, in the transaction that makes it.

    Parameters
    ----------
    connection
        In a writing transaction.
    subjects
        Projects, `PEAKS` or `ANNOTATIONS`.
    now
        UTC.
    """
    # In one order, so that two writers wait for each other instead of deadlocking.
    rows = [{"subject": subject, "number": 1, "changed_at": now} for subject in sorted(set(subjects))]
    insert_or_count(connection, data_changes.c.number, rows)


def read_judgings(connection: Connection) -> int:
    """Read how often peaks were judged."""
    number = connection.execute(select(data_changes.c.number).where(data_changes.c.subject == JUDGED)).scalar()
    return int(number or 0)


def count_judging(connection: Connection, known: int, now: datetime) -> bool:
    """Count a judging, and tell whether it is the first one after the `known`; if not, roll back.

    Until the transaction ends no other one can count a judging.
    """
    mark_changed(connection, [JUDGED], now)
    return read_judgings(connection) == known + 1


_NUMBERS = select(data_changes.c.subject, data_changes.c.number)
_SUMS = select(func.count(), func.sum(data_changes.c.number))

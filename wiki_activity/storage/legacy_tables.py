"""The way back: what is stored, in the tables of the earlier program, *Community Activity Alerts*."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import islice
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Engine,
    Enum,
    Float,
    Integer,
    MetaData,
    String,
    Table,
    insert,
    inspect,
    select,
)

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.notes import Note, ScopeKind
from wiki_activity.domain.peaks import Detector, Peak
from wiki_activity.storage import schema
from wiki_activity.storage.database import reading, writing
from wiki_activity.storage.note_reading import read_notes
from wiki_activity.storage.peak_table import read_peaks
from wiki_activity.storage.storage_errors import StorageError

_ROWS_AT_ONCE = 10_000
_WIKIS_AT_ONCE = 30
_LONGEST = 500
"""Letters that its texts may have."""
_CHARACTERS = "utf8mb4"
"""Whatever the database is set to: its notes are in all scripts."""

_metadata = MetaData()


def _define_counts(name: str, count: str) -> Table:
    return Table(
        name,
        _metadata,
        Column("timestamp", DateTime, primary_key=True),
        Column(count, BigInteger),
        Column("project", String(255), primary_key=True),
        mysql_charset=_CHARACTERS,
    )


def _define_peaks(name: str, count: str) -> Table:
    return Table(
        name,
        _metadata,
        Column("project", String(255), primary_key=True),
        Column("timestamp", DateTime, primary_key=True),
        Column(count, BigInteger),
        *(Column(one, Float) for one in ("rolling_mean", "threshold", "percentage_difference")),
        Column("label", String(_LONGEST)),
        mysql_charset=_CHARACTERS,
    )


_EDITS, _EDITORS = _define_counts("edit_counts", "edit_count"), _define_counts("editor_counts", "editor_count")
_PEAKS = {
    Metric.EDITS: _define_peaks("community_alerts", "edit_count"),
    Metric.EDITORS: _define_peaks("editor_alerts", "editor_count"),
}
_ANNOTATIONS = Table(
    "peak_annotations",
    _metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("project", String(255), nullable=False),
    Column("timestamp", DateTime, nullable=False),
    Column("peak_type", Enum("edit", "editor"), nullable=False),
    Column("description", String(_LONGEST), nullable=False),
    Column("relevant_link", String(_LONGEST)),
    Column("submitted_by", String(255), nullable=False),
    Column("submitted_at", DateTime, nullable=False),
    Column("status", Enum("pending", "approved", "rejected"), nullable=False),
    Column("reviewed_by", String(255)),
    Column("reviewed_at", DateTime),
    Column("is_visible", Boolean, nullable=False),
    mysql_charset=_CHARACTERS,
)


def write_legacy_tables(engine: Engine, target: Engine) -> Mapping[str, int]:
    """Write counts, the peaks of its own rule, and notes on single months of one wiki into an empty database.

    Hidden notes and proposals are left out, and so is what its tables have no place for.

    Returns
    -------
    Mapping[str, int]
        How many rows each table has.

    Raises
    ------
    StorageError
        If the target has one of the tables already, or a database goes away; what was written until then stays.
    """
    with reading(target) as connection:
        taken = _metadata.tables.keys() & set(inspect(connection).get_table_names())
    if taken:
        msg = f"the database to write into has tables of these names already: {', '.join(sorted(taken))}"
        raise StorageError(msg)
    with writing(target) as connection:
        _metadata.create_all(connection)
    notes = [note for note in read_notes(engine) if _is_carried(note)]
    return {
        _EDITS.name: _copy_counts(engine, target, _EDITS, schema.edit_counts),
        _EDITORS.name: _copy_counts(engine, target, _EDITORS, schema.editor_counts),
        **{
            table.name: _fill(target, table, _list_peaks(engine, metric, table, notes))
            for metric, table in _PEAKS.items()
        },
        _ANNOTATIONS.name: _fill(target, _ANNOTATIONS, map(_write_note, notes)),
    }


def _copy_counts(engine: Engine, target: Engine, table: Table, ours: Table) -> int:
    return _fill(target, table, _read_counts(engine, ours, table.columns.keys()))


def _read_counts(engine: Engine, ours: Table, names: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Read some wikis at once: one statement for all would be open as long as the target takes to write them."""
    with reading(engine) as connection:
        projects = connection.execute(select(ours.c.project).distinct()).scalars().all()
    for first in range(0, len(projects), _WIKIS_AT_ONCE):
        some = select(*(ours.c[one] for one in names)).where(
            ours.c.project.in_(projects[first : first + _WIKIS_AT_ONCE])
        )
        with reading(engine) as connection:
            rows = connection.execute(some).all()
        yield from (dict(zip(names, row, strict=True)) for row in rows)


def _list_peaks(engine: Engine, metric: Metric, table: Table, notes: Iterable[Note]) -> Iterable[dict[str, Any]]:
    labels: dict[tuple[str, date], str] = {}
    for note in notes:
        if note.is_of(metric, note.month) and note.text is not None:
            labels.setdefault((note.project, note.month), note.text.label)
    count = table.columns.keys()[2]
    for peak in read_peaks(engine, metric=metric, detector=Detector.ROLLING_MEAN):
        yield _write_peak(peak, count) | {"label": labels.get((peak.project, peak.month), "")[:_LONGEST] or None}


def _write_peak(peak: Peak, count: str) -> dict[str, Any]:
    return {
        "project": peak.project,
        "timestamp": peak.month,
        count: int(peak.value),
        "rolling_mean": peak.expected,
        "threshold": peak.threshold,
        # Its pages show no peak that has none.
        "percentage_difference": peak.percentage_difference or 0.0,
    }


def _is_carried(note: Note) -> bool:
    whole = note.subject.scope.kind is ScopeKind.WIKI and note.subject.month is not None
    return whole and not note.hidden and not note.proposed and note.text is not None


def _write_note(note: Note) -> dict[str, Any]:
    assert note.text is not None
    label, more = note.text.label, note.text.note
    # What was adopted has as its label the beginning of what was written.
    told = more if " ".join(more.split()).startswith(label) else ". ".join(filter(None, (label, more)))
    return {
        "project": note.project,
        "timestamp": note.month,
        "peak_type": "editor" if note.metric is Metric.EDITORS else "edit",
        "description": told[:_LONGEST],
        "relevant_link": None if note.text.link is None or len(note.text.link) > _LONGEST else note.text.link,
        "submitted_by": note.author,
        "submitted_at": note.at.replace(tzinfo=None),
        "status": "approved",
        "is_visible": True,
    }


def _fill(target: Engine, table: Table, rows: Iterable[dict[str, Any]]) -> int:
    written = 0
    left = iter(rows)
    while chunk := list(islice(left, _ROWS_AT_ONCE)):
        with writing(target) as connection:
            connection.execute(insert(table), chunk)
        written += len(chunk)
    return written

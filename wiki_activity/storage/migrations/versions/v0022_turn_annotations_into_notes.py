"""Turn annotations, which were of a peak's month, into notes on any days of any wikis; numbers and histories stay."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

from wiki_activity.storage.migrations.steps import BIG_KEY, LONG_TEXT, create_table, list_tables

revision = "0022"
down_revision = "0021"

_ROWS_AT_ONCE = 500


def upgrade() -> None:
    create_table(
        "notes",
        sa.Column("id", BIG_KEY, primary_key=True, autoincrement=True),
        sa.Column("revision", sa.Integer, nullable=False),
    )
    create_table(
        "note_revisions",
        sa.Column(
            "note_id",
            BIG_KEY,
            sa.ForeignKey("notes.id", name="revisions_of_note"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("scope_kind", sa.String(16), nullable=False),
        sa.Column("scope_key", sa.Text, nullable=False),
        sa.Column("first", sa.Date, nullable=False),
        sa.Column("last", sa.Date, nullable=False),
        sa.Column("metric", sa.String(32)),
        sa.Column("episode_id", sa.BigInteger),
        sa.Column("label", sa.String(80), nullable=False),
        sa.Column("note", LONG_TEXT, nullable=False),
        sa.Column("link", sa.Text),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("author_id", sa.String(64)),
        sa.Column("author_name", sa.String(255), nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("action", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("hidden", sa.Boolean, nullable=False),
        indexes={"note_revisions_by_time": ["at"]},
    )
    there = list_tables()
    # Killed half-way, it begins anew, as long as what it copies from is whole: that goes last, and in this order.
    if "annotation_revisions" in there:
        _copy()
        op.drop_table("annotation_revisions")
    if "annotations" in there:
        op.drop_table("annotations")


def _copy() -> None:
    connection = op.get_bind()
    found = sa.MetaData()
    old = sa.Table("annotations", found, autoload_with=connection)
    old_steps = sa.Table("annotation_revisions", found, autoload_with=connection)
    new = sa.Table("notes", found, autoload_with=connection)
    new_steps = sa.Table("note_revisions", found, autoload_with=connection)
    connection.execute(sa.delete(new_steps))
    connection.execute(sa.delete(new))
    notes = {row.id: row for row in connection.execute(sa.select(old))}
    _insert(new, [{"id": row.id, "revision": row.revision} for row in notes.values()])
    _insert(new_steps, [_move(row, notes[row.annotation_id]) for row in connection.execute(sa.select(old_steps))])


def _insert(table: sa.Table, rows: list[dict[str, Any]]) -> None:
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        op.get_bind().execute(sa.insert(table), rows[start : start + _ROWS_AT_ONCE])


def _move(step: sa.Row[Any], note: sa.Row[Any]) -> dict[str, Any]:
    first = note.timestamp.date()
    kept = {
        name: getattr(step, name)
        for name in ("number", "label", "note", "link", "kind", "at", "action", "reason", "hidden")
    }
    return kept | {
        "note_id": note.id,
        "scope_kind": "wiki",
        "scope_key": note.project,
        "first": first,
        "last": (first + timedelta(days=31)).replace(day=1) - timedelta(days=1),
        "metric": note.metric,
        "author_name": step.author,
    }

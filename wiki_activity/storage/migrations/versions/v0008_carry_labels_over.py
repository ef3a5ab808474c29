"""Turn the earlier program's labels, and then its `peak_annotations`, into annotations with their revisions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from wiki_activity.storage.migrations.legacy_import import insert, now, report_carried
from wiki_activity.storage.migrations.legacy_tables import PEAK_COLUMNS, LegacyNote, read_labels, read_notes

revision = "0008"
down_revision = "0007"

LABEL_LENGTH = 80
ANNOTATIONS = sa.table(
    "annotations",
    sa.column("id", sa.BigInteger),
    sa.column("metric", sa.String),
    sa.column("project", sa.String),
    sa.column("timestamp", sa.DateTime),
    sa.column("revision", sa.Integer),
)
REVISIONS = sa.table(
    "annotation_revisions",
    sa.column("annotation_id", sa.BigInteger),
    sa.column("number", sa.Integer),
    sa.column("label", sa.String),
    sa.column("note", sa.Text),
    sa.column("link", sa.Text),
    sa.column("kind", sa.String),
    sa.column("author", sa.String),
    sa.column("at", sa.DateTime),
    sa.column("action", sa.String),
    sa.column("reason", sa.Text),
    sa.column("hidden", sa.Boolean),
)


def upgrade() -> None:
    by_month: dict[tuple[str, str, datetime], tuple[list[LegacyNote], list[LegacyNote]]] = {}
    for name in PEAK_COLUMNS:
        for label in read_labels(name).rows:
            labels = by_month.setdefault((label.metric, label.project, label.month), ([], []))[0]
            # A month that was there twice, with and without `.org`, may have the same label twice.
            if label not in labels:
                labels.append(label)
    submitted = read_notes().rows
    for note in submitted:
        by_month.setdefault((note.metric, note.project, note.month), ([], []))[1].append(note)
    annotations: list[dict[str, Any]] = []
    revisions: list[dict[str, Any]] = []
    for number, ((metric, project, month), (labels, notes)) in enumerate(sorted(by_month.items(), key=_first), 1):
        # The newest revision is the one shown: a hidden one must not cover one that was visible.
        notes.sort(key=lambda note: (not note.hidden, note.at or datetime.min))  # noqa: DTZ901 - naive UTC
        history = _write_history(number, labels, notes)
        key = {"metric": metric, "project": project, "timestamp": month}
        annotations.append({"id": number, **key, "revision": len(history)})
        revisions.extend(history)
    insert(ANNOTATIONS, annotations)
    insert(REVISIONS, revisions)
    report_carried("peak_annotations", len(submitted))


def _first(item: tuple[tuple[str, str, datetime], object]) -> tuple[str, str, datetime]:
    return item[0]


def _write_history(annotation: int, labels: Sequence[LegacyNote], notes: Sequence[LegacyNote]) -> list[dict[str, Any]]:
    # Nobody wrote down when a label was set: not after the notes that were added to it.
    unknown = min((note.at for note in notes if note.at is not None), default=now())
    return [
        {
            "annotation_id": annotation,
            "number": number,
            **_write_text(note),
            "kind": "unknown",
            "author": (note.author or "unknown")[:255],
            "at": (note.at or unknown).replace(microsecond=0),
            "action": "create" if number == 1 else "edit",
            "reason": _write_reason(note),
            "hidden": note.hidden,
        }
        for number, note in enumerate((*labels, *notes), 1)
    ]


def _write_text(note: LegacyNote) -> dict[str, str | None]:
    label = " ".join(note.text.split())
    parts = []
    if len(label) > LABEL_LENGTH or label != note.text:
        parts.append(note.text)
    if len(label) > LABEL_LENGTH:
        label = label[: LABEL_LENGTH - 1].rstrip() + "…"
    is_safe = note.link.startswith("https://")
    if note.link and not is_safe and note.link != note.text:
        parts.append(note.link)
    return {"label": label, "note": "\n\n".join(parts), "link": note.link if is_safe else None}


def _write_reason(note: LegacyNote) -> str:
    parts = ["carried over from the earlier program"]
    if note.status:
        parts.append(f"its status there: {note.status}")
    if len(note.author) > 255:
        parts.append(f"its author there: {note.author}")
    return "; ".join(parts)

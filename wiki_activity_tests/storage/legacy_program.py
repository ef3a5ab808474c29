"""Databases as the earlier program left them."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Engine, bindparam, text

from wiki_activity.storage.database import writing

TABLES: Mapping[str, str] = {
    "edit_counts": "timestamp DATETIME, edit_count INT, project VARCHAR(255), PRIMARY KEY (timestamp, project)",
    "editor_counts": "timestamp DATETIME, editor_count INT, project VARCHAR(255), PRIMARY KEY (timestamp, project)",
    "community_alerts": (
        "project VARCHAR(255), timestamp DATETIME, edit_count INT, rolling_mean FLOAT, threshold FLOAT, "
        "percentage_difference FLOAT, label VARCHAR(500), PRIMARY KEY (project, timestamp)"
    ),
    "editor_alerts": (
        "project VARCHAR(255), timestamp DATETIME, editor_count INT, rolling_mean FLOAT, threshold FLOAT, "
        "percentage_difference FLOAT, label VARCHAR(500), PRIMARY KEY (project, timestamp)"
    ),
    "peak_annotations": (
        "id INTEGER PRIMARY KEY, project VARCHAR(255), timestamp DATETIME, peak_type VARCHAR(20), description TEXT, "
        "relevant_link TEXT, submitted_by VARCHAR(255), submitted_at DATETIME, status VARCHAR(20), is_visible BOOLEAN"
    ),
}
LOOSE_TABLES: Mapping[str, str] = {
    "edit_counts": "id INTEGER PRIMARY KEY, timestamp DATETIME, edit_count INT, project VARCHAR(255)",
    "editor_counts": "project VARCHAR(255), editor_count INT, timestamp DATETIME, UNIQUE (project, timestamp)",
    "community_alerts": (
        "timestamp DATETIME, project VARCHAR(255), edit_count INT, rolling_mean FLOAT, threshold FLOAT, "
        "percentage_difference FLOAT, label VARCHAR(500)"
    ),
}
"""The same with an id of their own, keys in another order, or none."""

HI, EN = "hi.wikipedia.org", "en.wikipedia.org"
ROWS: Mapping[str, Sequence[Mapping[str, Any]]] = {
    "edit_counts": [
        {"project": HI, "timestamp": "2024-01-01 00:00:00", "edit_count": 100},
        {"project": HI, "timestamp": "2024-02-01 00:00:00", "edit_count": 0},
        {"project": EN, "timestamp": "2024-02-01 00:00:00", "edit_count": 2_147_483_647},
    ],
    "editor_counts": [
        {"project": "hi.wikipedia", "timestamp": "2024-01-01 00:00:00", "editor_count": 12},
        {"project": EN, "timestamp": "2024-01-01 00:00:00", "editor_count": 30_000},
        {"project": "en.wikipedia", "timestamp": "2024-01-01 00:00:00", "editor_count": 29_000},
    ],
    "community_alerts": [
        {
            "project": HI, "timestamp": "2024-01-01 00:00:00", "edit_count": 100, "rolling_mean": 50.5,
            "threshold": 65.65, "percentage_difference": 98.0, "label": "Feminism and Folklore",
        },
        {
            "project": HI, "timestamp": "2024-02-01 00:00:00", "edit_count": 0, "rolling_mean": 0.0,
            "threshold": 0.0, "percentage_difference": None, "label": "",
        },
        {
            "project": EN, "timestamp": "2024-02-01 00:00:00", "edit_count": 2_147_483_647, "rolling_mean": 5.0,
            "threshold": 6.5, "percentage_difference": 1e9, "label": "A label of great length, " * 10,
        },
    ],
    "editor_alerts": [
        {
            "project": "hi.wikipedia", "timestamp": "2024-01-01 00:00:00", "editor_count": 12, "rolling_mean": 4.0,
            "threshold": 5.25, "percentage_difference": 200.0, "label": "Workshop",
        },
    ],
    "peak_annotations": [
        {
            "id": 1, "project": HI, "timestamp": "2024-01-01 00:00:00", "peak_type": "edit",
            "description": "Feminism and Folklore 2024", "relevant_link": "https://meta.wikimedia.org/wiki/FF",
            "submitted_by": "Asha", "submitted_at": "2024-03-05 10:11:12", "status": "approved", "is_visible": 1,
        },
        {
            "id": 2, "project": HI, "timestamp": "2024-01-01 00:00:00", "peak_type": "edit",
            "description": "spam", "relevant_link": "javascript:alert(1)",
            "submitted_by": "Mallory", "submitted_at": "2024-04-05 10:11:12", "status": "rejected", "is_visible": 0,
        },
        {
            "id": 3, "project": "hi.wikipedia", "timestamp": "2024-01-01 00:00:00", "peak_type": "editor",
            "description": "Two workshops in Delhi\nand one in Pune", "relevant_link": "http://example.org/w",
            "submitted_by": None, "submitted_at": None, "status": None, "is_visible": None,
        },
        {
            "id": 4, "project": EN, "timestamp": "2023-07-01 00:00:00", "peak_type": "edit",
            "description": "A month that is no peak", "relevant_link": None,
            "submitted_by": "Asha", "submitted_at": "2024-03-06 00:00:00", "status": "approved", "is_visible": 1,
        },
    ],
}  # fmt: skip


def make_tables(
    engine: Engine, tables: Mapping[str, str] = TABLES, rows: Mapping[str, Sequence[Mapping[str, Any]]] = ROWS
) -> None:
    """Make the tables, with those rows that are given for them."""
    with writing(engine) as connection:
        for name, columns in tables.items():
            connection.execute(text(f"create table {name} ({columns})"))
            for row in rows.get(name, ()):
                cells = ", ".join(f":{column}" for column in row)
                insert = text(f"insert into {name} ({', '.join(row)}) values ({cells})")
                connection.execute(insert.bindparams(*(bindparam(column) for column in row)), row)

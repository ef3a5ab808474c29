"""The tables of the calendar: community events, what is known of faults of the figures, and who was asked when."""

from sqlalchemy import BigInteger, Boolean, Column, Date, Integer, String, Text

from wiki_activity.storage.columns import LONG_TEXT, Moment
from wiki_activity.storage.defining import define

community_events = define(
    "community_events",
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", String(255), nullable=False),
    Column("page", String(255), nullable=False),
    Column("page_dbname", String(64), nullable=False),
    Column("dbnames", LONG_TEXT, nullable=False),
    Column("starts_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    Column("types", Text, nullable=False),
    Column("dashboard_slug", String(255)),
    Column("read_at", Moment, nullable=False),
)
"""Wikis are named by their databases, which stay when a wiki moves; `dbnames` and `types` are JSON lists."""

data_annotations = define(
    "data_annotations",
    Column("metric", String(32), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("day", Date, nullable=False),
    Column("title", String(255), nullable=False),
    Column("note", Text, nullable=False),
    Column("partial", Boolean, nullable=False),
)

calendar_sources = define(
    "calendar_sources",
    Column("source", String(32), primary_key=True),
    Column("asked_at", Moment, nullable=False),
    Column("read_at", Moment),
    Column("error", Text),
    Column("position", LONG_TEXT),
)
"""`position` is JSON of how far the ids of events were read."""

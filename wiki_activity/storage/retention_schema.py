"""The tables of who stayed: figures of the accounts that were made in some days, and which accounts those are."""

from sqlalchemy import BigInteger, Boolean, Column, Date, Integer, String, Text

from wiki_activity.storage.columns import Moment
from wiki_activity.storage.defining import define

retention = define(
    "retention",
    Column("project", String(255), primary_key=True),
    Column("first", Date, primary_key=True),
    Column("last", Date, primary_key=True),
    Column("days_after", String(16), primary_key=True),
    Column("accounts", Integer),
    Column("estimated", Boolean, nullable=False),
    Column("asked", Integer),
    Column("editing", Integer),
    Column("active", Integer),
    Column("usual_asked", Integer),
    Column("usual_editing", Integer),
    Column("usual_active", Integer),
    Column("error", Text),
    Column("usual_error", Text),
    Column("asked_at", Moment),
)
"""How many of the accounts that were made on a wiki in some days still edited in one window of days after them."""

retention_accounts = define(
    "retention_accounts",
    Column("project", String(255), primary_key=True),
    Column("first", Date, primary_key=True),
    Column("last", Date, primary_key=True),
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
)
"""Whom to ask about again, by their numbers on the wiki and never by name; deleted after the last window."""

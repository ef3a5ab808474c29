"""The tables of days: what the stream had of them, where it ends, and what Wikimedia counted afterwards."""

from sqlalchemy import BigInteger, Boolean, Column, Date, Integer, String, Text

from wiki_activity.storage.columns import LONG_TEXT, Moment
from wiki_activity.storage.defining import define

daily_counts = define(
    "daily_counts",
    Column("day", Date, primary_key=True),
    Column("project", String(255), primary_key=True),
    Column("user_edits", Integer, nullable=False),
    Column("bot_edits", Integer, nullable=False),
    Column("logged_out_edits", Integer, nullable=False),
    sqlite_with_rowid=False,
)
"""Edits of each day as the watcher counted them in the stream: absolute, and days without any have no row. The day is
first in the key, so that a minute's rows lie together."""

hashtag_days = define(
    "hashtag_days",
    Column("day", Date, primary_key=True),
    Column("project", String(255), primary_key=True),
    Column("hashtag", String(191), primary_key=True),
    Column("edits", Integer, nullable=False),
    Column("accounts", Integer, nullable=False),
    sqlite_with_rowid=False,
)
"""Hashtags in the summaries of a day's edits of content, bots left out, as the watcher saw them: at least so many
edits, and accounts, three or more of them; without the `#`, folded to one case."""

stream_hours = define(
    "stream_hours",
    Column("hour", Moment, primary_key=True),
    Column("complete", Boolean, nullable=False),
)
"""Hours of the stream of which anything was seen, and whether all of it was; an hour without a row was not seen."""

stream_position = define(
    "stream_position",
    Column("role", String(32), primary_key=True),
    Column("lineage", String(32), nullable=False),
    Column("stored", BigInteger, nullable=False),
    Column("resume_id", Text, nullable=False),
    Column("state", LONG_TEXT, nullable=False),
    Column("saved_at", Moment, nullable=False),
)
"""Where in the stream the daily counts end; `state` is a JSON object of what the watcher needs to go on there."""

content_namespaces = define(
    "content_namespaces",
    Column("project", String(255), primary_key=True),
    Column("namespaces", Text, nullable=False),
    Column("fetched_at", Moment, nullable=False),
)
"""`namespaces` is a JSON list of the numbers that a wiki's siteinfo calls content."""

daily_history = define(
    "daily_history",
    Column("project", String(255), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("edits", Integer, nullable=False),
    Column("user_edits", Integer, nullable=False),
    Column("logged_out_edits", Integer, nullable=False),
    sqlite_with_rowid=False,
)
"""Edits of each day as Wikimedia counted them afterwards: what is bots' is the rest. Days without any have no row."""

daily_history_spans = define(
    "daily_history_spans",
    Column("project", String(255), primary_key=True),
    Column("first", Date, nullable=False),
    Column("last", Date, nullable=False),
    Column("fetched_at", Moment, nullable=False),
)
"""From which day to which, both included, Wikimedia has answered: there a day without a row had no edits."""

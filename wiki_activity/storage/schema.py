"""The tables, as the code uses them; the migrations make them, and a test holds the two equal."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Double,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    false,
)

import wiki_activity.storage.calendar_schema
import wiki_activity.storage.day_schema
import wiki_activity.storage.evidence_schema
import wiki_activity.storage.retention_schema  # noqa: F401 - their tables are among all
from wiki_activity.storage import defining
from wiki_activity.storage.columns import BIG_KEY, LONG_TEXT, Moment, Month
from wiki_activity.storage.defining import define

metadata = defining.metadata
"""All tables, those of days, of evidence and of the calendar among them."""

wikis = define(
    "wikis",
    Column("project", String(255), primary_key=True),
    Column("dbname", String(64), nullable=False),
    Column("family", String(32), nullable=False),
    Column("language", String(64), nullable=False),
    Column("name", String(255), nullable=False),
    Column("autonym", String(255), nullable=False),
    Column("direction", String(3), nullable=False),
    Column("closed", Boolean, nullable=False),
    Column("refreshed_at", Moment, nullable=False),
    Column("gone_at", Moment),
)
"""`gone_at` is when a site matrix first lacked the wiki; null while it has it."""

wiki_names = define(
    "wiki_names",
    Column("id", BIG_KEY, primary_key=True, autoincrement=True),
    Column("project", String(255), nullable=False),
    Column("dbname", String(64), nullable=False),
    Column("since", Moment, nullable=False),
    Index("wiki_names_by_project", "project"),
)
"""Addresses that wikis once had, a row for each move away from one, never changed; `since` is when that was seen."""

edit_counts = define(
    "edit_counts",
    Column("project", String(255), primary_key=True),
    Column("timestamp", Month, primary_key=True),
    Column("edit_count", BigInteger, nullable=False),
    Column("user_edits", BigInteger),
    Column("anonymous_edits", BigInteger),
    Index("edit_counts_by_month", "timestamp"),
    sqlite_with_rowid=False,
)

editor_counts = define(
    "editor_counts",
    Column("project", String(255), primary_key=True),
    Column("timestamp", Month, primary_key=True),
    Column("editor_count", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

people_counts = define(
    "people_counts",
    Column("project", String(255), primary_key=True),
    Column("timestamp", Month, primary_key=True),
    *(Column(one, BigInteger) for one in ("user_editors", "editors_5_24", "editors_25_99", "editors_100")),
    *(Column(one, BigInteger) for one in ("new_users", "new_pages")),
    sqlite_with_rowid=False,
)

count_revisions = define(
    "count_revisions",
    Column("id", BIG_KEY, primary_key=True, autoincrement=True),
    Column("metric", String(32), nullable=False),
    Column("project", String(255), nullable=False),
    Column("timestamp", Month, nullable=False),
    Column("old", BigInteger, nullable=False),
    Column("new", BigInteger, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Index("count_revisions_by_month", "metric", "project", "timestamp"),
    Index("count_revisions_by_time", "seen_at"),
)

refreshes = define(
    "refreshes",
    Column("id", BIG_KEY, primary_key=True, autoincrement=True),
    Column("run_id", String(64), nullable=False),
    Column("resumed_by", Text, nullable=False),
    Column("from", Month, nullable=False, key="first"),
    Column("to", Month, nullable=False, key="last"),
    Column("wikis", LONG_TEXT, nullable=False),
    Column("series", String(255), nullable=False),
    Column("holder", String(255), nullable=False),
    Column("heartbeat", Moment, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("finished_at", Moment),
    Column("outcome", String(32)),
)

fetches = define(
    "fetches",
    Column(
        "refresh", BIG_KEY, ForeignKey("refreshes.id", name="fetches_of_refresh"), primary_key=True, autoincrement=False
    ),
    Column("metric", String(32), primary_key=True),
    Column("project", String(255), primary_key=True),
    Column("status", String(16), nullable=False),
    Column("months", Integer, nullable=False),
    Column("error", Text),
    Column("fetched_at", Moment, nullable=False),
    Index("fetches_by_wiki", "metric", "project", "fetched_at"),
    Index("fetches_by_time", "fetched_at"),
)

provisional_months = define(
    "provisional_months",
    Column("month", Month, primary_key=True),
    Column("total", BigInteger, nullable=False),
    Column("expected", BigInteger, nullable=False),
    Column("wikis_missing", Integer, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
)
"""Months that Wikimedia has published in part: the edits of all wikis, how many were expected, and how many wikis lack
the month; last seen so at `seen_at`, and with this very total since `changed_at`."""

told_months = define(
    "told_months",
    Column("month", Month, primary_key=True),
    Column("facts", LONG_TEXT, nullable=False),
    Column("corrections", Integer, nullable=False),
    Column("told_at", Moment, nullable=False),
)
"""`facts` is a JSON object of what readers were last told of a month, which `corrections` messages have put right."""

community_alerts = define(
    "community_alerts",
    Column("metric", String(32), primary_key=True),
    Column("project", String(255), primary_key=True),
    Column("timestamp", Month, primary_key=True),
    Column("detector", String(32), primary_key=True),
    Column("value", Double, nullable=False),
    Column("expected", Double, nullable=False),
    Column("threshold", Double, nullable=False),
    Column("percentage_difference", Double),
    Column("score", Double),
    Column("kind", String(32)),
    Column("outcome", String(32)),
    Column("shared", Boolean, nullable=False),
    Column("starts_episode", Boolean, nullable=False),
    Column("found_at", Moment, nullable=False),
    sqlite_with_rowid=False,
)

refused_answers = define(
    "refused_answers",
    Column("metric", String(32), primary_key=True),
    Column("project", String(255), primary_key=True),
    Column("reason", Text, nullable=False),
    Column("newest_month", Month),
    Column("total_before", BigInteger, nullable=False),
    Column("total_after", BigInteger, nullable=False),
    Column("answer", LONG_TEXT, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("settled", String(16)),
    Column("settled_at", Moment),
)
"""The newest answer of a series that was refused; `answer` is a JSON object of counts by month, `settled` how it
ended, NULL while it is open."""

notes = define(
    "notes",
    Column("id", BIG_KEY, primary_key=True, autoincrement=True),
    Column("revision", Integer, nullable=False),
)
"""`revision` is the number of the newest revision; it is the version that a save has to name."""

note_revisions = define(
    "note_revisions",
    Column(
        "note_id",
        BIG_KEY,
        ForeignKey("notes.id", name="revisions_of_note"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("scope_kind", String(16), nullable=False),
    Column("scope_key", Text, nullable=False),
    Column("first", Date, nullable=False),
    Column("last", Date, nullable=False),
    Column("metric", String(32)),
    Column("episode_id", BigInteger),
    Column("label", String(80), nullable=False),
    Column("note", LONG_TEXT, nullable=False),
    Column("link", Text),
    Column("kind", String(32), nullable=False),
    Column("author_id", String(64)),
    Column("author_name", String(255), nullable=False),
    Column("at", Moment, nullable=False),
    Column("action", String(16), nullable=False),
    Column("reason", Text),
    Column("hidden", Boolean, nullable=False),
    Index("note_revisions_by_time", "at"),
    Index("note_revisions_by_author", "author_id"),
)
"""Only ever added to. `first` and `last` are days, both included; in a list's `scope_key` blanks part the projects."""

authors = define(
    "authors",
    Column("author_id", String(64), primary_key=True),
    Column("name", String(255)),
    Column("looked_at", Moment, nullable=False),
)
"""What authors of notes are called now; null for accounts that are gone, hidden or have vanished."""

note_reports = define(
    "note_reports",
    Column("note_id", BIG_KEY, primary_key=True, autoincrement=False),
    Column("person_id", String(64), primary_key=True),
    Column("at", Moment, nullable=False),
    Column("reason", Text, nullable=False),
    Column("settled_at", Moment),
)
"""What readers say is wrong with a note, once each; null `settled_at` until a reviewer has looked at it."""

rate_episodes = define(
    "rate_episodes",
    Column("id", BIG_KEY, primary_key=True, autoincrement=True),
    Column("project", String(255), nullable=False),
    Column("detector", String(32), nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("closed_at", Moment),
    Column("started_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("rate", Double, nullable=False),
    Column("usual", Double),
    Column("times", Double),
    Column("edits", BigInteger, nullable=False),
    Column("why", String(64)),
    Column("updated_at", Moment),
    Column("excess", Double),
    Column("telling", String(16)),
    Column("reopened", Integer),
    Column("people", Integer),
    Column("bots_share", Double),
    Column("busiest_share", Double),
    Column("facts", LONG_TEXT),
    Column("page", Text),
    Column("page_shown", Boolean),
    UniqueConstraint("project", "detector", "opened_at", name="rate_episodes_once"),
    Index("rate_episodes_by_time", "opened_at"),
)
"""`facts` is a JSON object of what is known of the edits behind an episode, the most edited pages among it."""

episode_minutes = define(
    "episode_minutes",
    Column("episode_id", BIG_KEY, primary_key=True, autoincrement=False),
    Column("first", Moment, nullable=False),
    Column("until", Moment, nullable=False),
    Column("whole", Boolean, nullable=False),
    Column("counts", LONG_TEXT, nullable=False),
)
"""One row an episode of `rate_episodes`: its minutes from `first` to `until`, as `encode_minutes` writes them; `whole`
tells that no more of them are to come."""

notices = define(
    "notices",
    Column("id", BIG_KEY, primary_key=True, autoincrement=True),
    Column("kind", String(32), nullable=False),
    Column("subject", String(255), nullable=False),
    Column("phase", String(32), nullable=False),
    Column("body", LONG_TEXT, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_attempt_at", Moment),
    Column("sent_at", Moment),
    Column("error", Text),
    Column("refused", Boolean, nullable=False, server_default=false()),
    Column("sent_with", BigInteger),
    UniqueConstraint("kind", "subject", "phase", name="notices_once"),
    Index("notices_by_due_time", "sent_at", "next_attempt_at"),
)
"""`sent_with` is the id of the notice whose message carried this one too; without a next attempt it is never sent."""

mutes = define(
    "mutes",
    Column("project", String(255), primary_key=True),
    Column("until", Moment, nullable=False),
    Column("muted_at", Moment, nullable=False),
)

sessions = define(
    "sessions",
    Column("token_hash", String(64), primary_key=True),
    Column("person_id", String(255), nullable=False),
    Column("person_name", String(255), nullable=False),
    Column("role", String(16), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("checked_at", Moment),
    Index("sessions_by_person", "person_id"),
    Index("sessions_by_end", "expires_at"),
)
"""`checked_at` is when the role was found; null where that is not known."""

reviewer_ids = define(
    "reviewer_ids",
    Column("name", String(255), primary_key=True),
    Column("person_id", String(255), nullable=False),
    Column("resolved_at", Moment, nullable=False),
)

my_wikis = define(
    "my_wikis",
    Column("person_id", String(255), primary_key=True),
    Column("names", Text, nullable=False),
    Column("changed_at", Moment, nullable=False),
)
"""`names` is a JSON list of projects and groups (`lang:hi`)."""

login_attempts = define(
    "login_attempts",
    Column("state_hash", String(64), primary_key=True),
    Column("verifier", String(255), nullable=False),
    Column("next", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Index("login_attempts_by_time", "created_at"),
)

data_changes = define(
    "data_changes",
    Column("subject", String(255), primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("changed_at", Moment),
)
"""`number` is drawn anew at each change of `subject`, a wiki or a kind of data, for readers who keep what they made of
it; for a subject that is absent, since it has not changed yet, stands that of `epoch`."""

heartbeats = define(
    "heartbeats",
    Column("role", String(32), primary_key=True),
    Column("holder", String(255), nullable=False),
    Column("token", BigInteger, nullable=False),
    Column("at", Moment, nullable=False),
    Column("loop_at", Moment, nullable=False),
    Column("stores", Text, nullable=False),
    Column("stream", Text, nullable=False),
    Column("clock", Text, nullable=False),
)
"""One row a role. `at` and `loop_at` are by the database's clock, what is in the JSON by the holder's."""

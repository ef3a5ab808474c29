"""The tables of evidence: what was answered of a peak, what was found in it, and what somebody asked for."""

from sqlalchemy import Column, Double, String, Text

from wiki_activity.storage.columns import LONG_TEXT, Moment, Month
from wiki_activity.storage.defining import define

evidence = define(
    "evidence",
    Column("project", String(255), primary_key=True),
    Column("month", Month, primary_key=True),
    Column("source", String(32), primary_key=True),
    Column("answer", LONG_TEXT),
    Column("error", Text),
    Column("asked_at", Moment, nullable=False),
)
"""What one source answered of one wiki's month, counted, without any name of an account that is no bot; else why it
could not be read."""

findings = define(
    "findings",
    Column("project", String(255), primary_key=True),
    Column("month", Month, primary_key=True),
    Column("metric", String(32), primary_key=True),
    Column("kind", String(32), primary_key=True),
    Column("subject", String(255), primary_key=True),
    Column("share", Double),
    Column("margin", Double),
    Column("parameters", LONG_TEXT, nullable=False),
    Column("url", Text),
    Column("source", String(32), nullable=False),
    Column("asked_at", Moment, nullable=False),
)

evidence_requests = define(
    "evidence_requests",
    Column("project", String(255), primary_key=True),
    Column("month", Month, primary_key=True),
    Column("requested_at", Moment, nullable=False),
)

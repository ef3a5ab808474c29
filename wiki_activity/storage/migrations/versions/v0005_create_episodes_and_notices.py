"""Create the live watcher's episodes and the outbox of notices."""

import sqlalchemy as sa

from wiki_activity.storage.migrations.steps import BIG_KEY, LONG_TEXT, create_table

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    create_table(
        "rate_episodes",
        sa.Column("id", BIG_KEY, primary_key=True, autoincrement=True),
        sa.Column("project", sa.String(255), nullable=False),
        sa.Column("detector", sa.String(32), nullable=False),
        sa.Column("opened_at", sa.DateTime, nullable=False),
        sa.Column("closed_at", sa.DateTime),
        sa.Column("started_at", sa.DateTime, nullable=False),
        sa.Column("ended_at", sa.DateTime),
        sa.Column("rate", sa.Double, nullable=False),
        sa.Column("usual", sa.Double),
        sa.Column("times", sa.Double),
        sa.Column("edits", sa.BigInteger, nullable=False),
        sa.Column("why", sa.String(64)),
        sa.UniqueConstraint("project", "detector", "opened_at", name="rate_episodes_once"),
        indexes={"rate_episodes_by_time": ["opened_at"]},
    )
    create_table(
        "notices",
        sa.Column("id", BIG_KEY, primary_key=True, autoincrement=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.Column("phase", sa.String(32), nullable=False),
        sa.Column("body", LONG_TEXT, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_attempt_at", sa.DateTime),
        sa.Column("sent_at", sa.DateTime),
        sa.Column("error", sa.Text),
        sa.UniqueConstraint("kind", "subject", "phase", name="notices_once"),
        indexes={"notices_by_due_time": ["sent_at", "next_attempt_at"]},
    )

"""Keep who is logged in to the explorer, and logins that are under way."""

import sqlalchemy as sa

from wiki_activity.storage.migrations.steps import create_table

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    create_table(
        "sessions",
        sa.Column("token_hash", sa.String(64), primary_key=True),
        sa.Column("person_id", sa.String(255), nullable=False),
        sa.Column("person_name", sa.String(255), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("expires_at", sa.DateTime, nullable=False),
        indexes={"sessions_by_person": ["person_id"], "sessions_by_end": ["expires_at"]},
    )
    create_table(
        "login_attempts",
        sa.Column("state_hash", sa.String(64), primary_key=True),
        sa.Column("verifier", sa.String(255), nullable=False),
        sa.Column("next", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        indexes={"login_attempts_by_time": ["created_at"]},
    )

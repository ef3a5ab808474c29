"""Keep how many of the accounts that were made in some days still edit."""

import sqlalchemy as sa

from wiki_activity.storage.migrations.steps import create_table

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    create_table(
        "retention",
        sa.Column("project", sa.String(255), primary_key=True),
        sa.Column("first", sa.Date, primary_key=True),
        sa.Column("last", sa.Date, primary_key=True),
        sa.Column("days_after", sa.String(16), primary_key=True),
        sa.Column("accounts", sa.Integer),
        sa.Column("estimated", sa.Boolean, nullable=False),
        sa.Column("asked", sa.Integer),
        sa.Column("editing", sa.Integer),
        sa.Column("active", sa.Integer),
        sa.Column("usual_asked", sa.Integer),
        sa.Column("usual_editing", sa.Integer),
        sa.Column("usual_active", sa.Integer),
        sa.Column("error", sa.Text),
        sa.Column("usual_error", sa.Text),
        sa.Column("asked_at", sa.DateTime),
    )
    create_table(
        "retention_accounts",
        sa.Column("project", sa.String(255), primary_key=True),
        sa.Column("first", sa.Date, primary_key=True),
        sa.Column("last", sa.Date, primary_key=True),
        sa.Column("user_id", sa.BigInteger, primary_key=True, autoincrement=False),
    )

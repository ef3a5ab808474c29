"""Create peaks and annotations."""

import sqlalchemy as sa

from wiki_activity.storage.migrations.steps import BIG_KEY, LONG_TEXT, create_table

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    create_table(
        "community_alerts",
        sa.Column("metric", sa.String(32), primary_key=True),
        sa.Column("project", sa.String(255), primary_key=True),
        sa.Column("timestamp", sa.DateTime, primary_key=True),
        sa.Column("detector", sa.String(32), primary_key=True),
        sa.Column("value", sa.Double, nullable=False),
        sa.Column("expected", sa.Double, nullable=False),
        sa.Column("threshold", sa.Double, nullable=False),
        sa.Column("percentage_difference", sa.Double),
        sa.Column("score", sa.Double),
        sa.Column("kind", sa.String(32)),
        sa.Column("outcome", sa.String(32)),
        sa.Column("shared", sa.Boolean, nullable=False),
        sa.Column("starts_episode", sa.Boolean, nullable=False),
        sa.Column("found_at", sa.DateTime, nullable=False),
        indexes={
            "community_alerts_by_month": ["timestamp"],
            "community_alerts_by_detector": ["detector", "metric", "timestamp"],
        },
    )
    create_table(
        "annotations",
        sa.Column("id", BIG_KEY, primary_key=True, autoincrement=True),
        sa.Column("metric", sa.String(32), nullable=False),
        sa.Column("project", sa.String(255), nullable=False),
        sa.Column("timestamp", sa.DateTime, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.UniqueConstraint("metric", "project", "timestamp", name="annotations_by_month"),
    )
    create_table(
        "annotation_revisions",
        sa.Column(
            "annotation_id",
            BIG_KEY,
            sa.ForeignKey("annotations.id", name="revisions_of_annotation"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("label", sa.String(80), nullable=False),
        sa.Column("note", LONG_TEXT, nullable=False),
        sa.Column("link", sa.Text),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("author", sa.String(255), nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("action", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("hidden", sa.Boolean, nullable=False),
        indexes={"annotation_revisions_by_time": ["at"]},
    )

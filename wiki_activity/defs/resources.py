"""Resources: ordinary clients, made from the environment when a run needs them, and closed after it.

None of them has a field of configuration, since Dagster shows those, and the addresses may hold secrets.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import dagster as dg
from sqlalchemy import Engine

from wiki_activity.redis_store.shared_budget import open_budget
from wiki_activity.settings import Settings
from wiki_activity.slack.client import Poster, SlackWebhook
from wiki_activity.storage.database import create_database_engine
from wiki_activity.storage.migrate import require_current_schema
from wiki_activity.wikimedia.access_token import make_token
from wiki_activity.wikimedia.http import PoliteSession
from wiki_activity.wikimedia.metrics import MetricsClient

_TICK_TURN_SECONDS: Final = 15.0
ReadSettings = Callable[[], Settings]


@dataclass(frozen=True, slots=True)
class Wikimedia:
    """Wikimedia as a run sees it: one session, one pace.

    Parameters
    ----------
    session
        For the site matrix.
    metrics
        For the counts.
    site_matrix_url
        Address of `api.php`.
    connections
        Requests in flight at once.
    """

    session: PoliteSession
    metrics: MetricsClient
    site_matrix_url: str
    connections: int


@dataclass(frozen=True, slots=True)
class SlackWebhooks:
    """Where messages go.

    Parameters
    ----------
    readers
        For those who look after wikis; None where no webhook is set.
    ops
        For those who keep this running; None sends theirs to the readers'.
    """

    readers: Poster | None
    ops: Poster | None


class Clock:
    """Tells the time, UTC."""

    def __call__(self) -> datetime:
        """Return the moment, with its time zone."""
        return datetime.now(UTC)


def make_resources(read_settings: ReadSettings) -> Mapping[str, Any]:
    """Make the resources of all definitions; `read_settings` is called once for each run that needs one."""

    @dg.resource(description="The settings, as the environment has them.")
    def settings(_: dg.InitResourceContext) -> Settings:
        return read_settings()

    @dg.resource(description="The database with the counts, the peaks and the annotations.")
    def database(_: dg.InitResourceContext) -> Iterator[Engine]:
        engine = create_database_engine(read_settings().database_url)
        try:
            require_current_schema(engine)
            yield engine
        finally:
            engine.dispose()

    @dg.resource(description="Wikimedia's metrics API and site matrix, asked at a polite pace.")
    def wikimedia(context: dg.InitResourceContext) -> Iterator[Wikimedia]:
        known = read_settings()
        if not known.contact and context.log is not None:
            context.log.warning(
                "WIKI_ACTIVITY_CONTACT is not set: Wikimedia allows 10 requests a minute to those who do not say who "
                "they are, 200 to others"
            )
        with PoliteSession(
            contact=known.contact,
            per_minute=known.pace_per_minute,
            max_connections=known.max_connections,
            # Each job is a kind: what comes at night lets what is asked for by hand go on, and the other way round.
            budget=open_budget(known, context.run.job_name if context.run is not None else "sensors"),
            token=make_token(known),
            # A tick of a sensor has a minute in all.
            turn_seconds=_TICK_TURN_SECONDS if context.run is None else None,
        ) as session:
            yield Wikimedia(
                session, MetricsClient(session, known.metrics_url), known.site_matrix_url, known.max_connections
            )

    @dg.resource(description="Slack's incoming webhooks, one for readers and one for those who keep this running.")
    def slack(_: dg.InitResourceContext) -> SlackWebhooks:
        known = read_settings()
        return SlackWebhooks(
            readers=SlackWebhook(known.slack_webhook_url) if known.slack_webhook_url else None,
            ops=SlackWebhook(known.ops_webhook_url) if known.ops_webhook_url else None,
        )

    return {"slack": slack, "settings": settings, "database": database, "wikimedia": wikimedia, "clock": Clock()}

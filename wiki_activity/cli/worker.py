"""`wiki-activity worker`: works off Dagster's runs from Celery's queues, on as many machines as there are."""

from datetime import timedelta
from typing import Final

import click

from wiki_activity.cli.setup import create_engine, now, settings_from_environment
from wiki_activity.redis_store.connection import connect, wrapped_errors
from wiki_activity.redis_store.store_errors import RedisStoreError
from wiki_activity.settings import PREFIX, Settings
from wiki_activity.storage.database_clock import database_time
from wiki_activity.storage.migrate import require_current_schema
from wiki_activity.storage.patience import Patience

_QUEUES: Final = ("runs", "watch")
_TOLERATED: Final = timedelta(seconds=30)
_INSTALL: Final = "pip install 'wiki-activity[celery]', and of [mysql] or [postgres] what Dagster's storage needs"


@click.command("worker")
@click.option(
    "--queue", "queues", type=click.Choice(_QUEUES), multiple=True, default=_QUEUES, show_default=True,
    help="Which runs to take; can be given several times.",
)  # fmt: skip
@click.option("--slots", type=click.IntRange(1, 64), default=3, show_default=True, help="How many runs at once.")
def command(*, queues: tuple[str, ...], slots: int) -> int:
    """Work off Dagster's runs from Celery's queues, until Ctrl-C or SIGTERM.

    DAGSTER_HOME names a folder with this installation's deploy/dagster/celery/dagster.yaml, each worker's own;
    WIKI_ACTIVITY_CELERY_URL the Redis that carries the runs. When it is told to stop, the runs under way are
    interrupted and reported as failed, and it leaves within ten seconds. The run of the watcher keeps a slot for a day;
    so that the next one does not wait for runs to end, start one worker for each queue.
    Refuses to start, with 1 or 2 and the reason, without what it needs, on tables of another version, and where
    this machine's clock is more than 30 s from the database's; ends with 3 when the database is out of reach.
    """
    try:
        from wiki_activity.defs.celery_app import NoCeleryError  # noqa: PLC0415 - Celery may not be installed
        from wiki_activity.defs.celery_worker import UnfitInstanceError, work  # noqa: PLC0415
    except ModuleNotFoundError as error:
        message = f"{error.name} is not installed: {_INSTALL}"
        raise click.ClickException(message) from error
    settings = settings_from_environment()
    if settings.celery_url is None:
        message = f"{PREFIX}CELERY_URL is not set: it names the Redis that carries Dagster's runs to workers"
        raise click.UsageError(message)
    _check_database(settings)
    _check_redis(settings.celery_url)
    try:
        return work(settings, queues, slots)
    except (NoCeleryError, UnfitInstanceError) as error:
        raise click.ClickException(str(error)) from error


def _check_database(settings: Settings) -> None:
    engine = create_engine(settings, Patience.WATCHER)
    try:
        require_current_schema(engine)
        here = now()
        ahead = here - database_time(engine, here)
    finally:
        engine.dispose()
    if abs(ahead) > _TOLERATED:
        side = "ahead of" if ahead > timedelta(0) else "behind"
        message = (
            f"this machine's clock is {abs(ahead).total_seconds():.0f} s {side} the database's: Dagster would take "
            "runs from here for dead, or for too long under way. Let a time service set the clocks"
        )
        raise click.ClickException(message)


def _check_redis(url: str) -> None:
    try:
        with connect(url) as client, wrapped_errors(client):
            client.ping()
    except RedisStoreError as error:
        message = f"{PREFIX}CELERY_URL: {error}"
        raise click.ClickException(message) from error

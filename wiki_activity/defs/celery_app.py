"""The Celery app by which Dagster's runs reach other machines: one configuration for who launches and who works."""

from typing import Final

import dagster as dg
from celery import Celery
from dagster._core.storage.runs import SqlRunStorage
from dagster._core.storage.runs.schema import InstanceInfo
from kombu.entity import Exchange, Queue
from sqlalchemy import select

from wiki_activity import __version__
from wiki_activity.settings import PREFIX, Settings

RUNS: Final = "runs"
WATCH: Final = "watch"
QUEUES: Final = (RUNS, WATCH)
"""Where runs wait for a worker; the run of the watcher has a queue of its own, since it keeps its worker for a day."""
PROGRAM_TAG: Final = "wiki_activity/program"
"""Of a run: the program that launched it."""
_TOPIC: Final = Exchange("runs", type="topic")  # type: ignore[no-untyped-call]
_SECONDS: Final = 5
_KEPT_SECONDS: Final = 3 * 24 * 3600
"""Longer than a run of the watcher: of a task that Redis has forgotten nothing is known."""


def name_program() -> str:
    """Name what launches and what works off, which has to be the same: `wiki-activity 0.2.0, dagster 1.13.27`."""
    return f"wiki-activity {__version__}, dagster {dg.__version__}"


class NoCeleryError(Exception):
    """No Redis is named that could carry runs to workers."""


def find_storage_id(storage: SqlRunStorage) -> str:
    """Return the id of Dagster's storage, and make one where there is none.

    Of processes that begin at the same moment Dagster lets each make one. The first one holds for all.
    """
    storage.get_run_storage_id()
    # Locking waits for one that is just being made.
    query = select(InstanceInfo.c.run_storage_id).order_by(InstanceInfo.c.id).limit(1).with_for_update()
    with storage.connect() as connection:
        return str(connection.execute(query).scalar_one())


def make_celery(settings: Settings, instance: dg.DagsterInstance) -> Celery:
    """Make the app.

    Parameters
    ----------
    settings
        `celery_url` carries the tasks and what became of them.
    instance
        Dagster's. The id of its storage stands in each key, so that two installations may share a Redis.

    Raises
    ------
    NoCeleryError
        If `celery_url` is not set, or is a socket of this machine.
    """
    url = settings.celery_url
    if url is None:
        msg = f"{PREFIX}CELERY_URL is not set: it names the Redis that carries Dagster's runs to workers"
        raise NoCeleryError(msg)
    if url.startswith("unix:"):
        msg = f"{PREFIX}CELERY_URL names a socket of this machine, and workers are on others: write redis://HOST:PORT/0"
        raise NoCeleryError(msg)
    storage = instance.run_storage
    assert isinstance(storage, SqlRunStorage), "runs are stored in a database"
    if url.startswith("rediss:") and "ssl_cert_reqs" not in url:
        url = f"{url}{'&' if '?' in url else '?'}ssl_cert_reqs=required"
    prefix = f"{settings.redis_prefix}celery:{find_storage_id(storage)}:"
    app = Celery("wiki_activity", broker=url, backend=url, set_as_current=False)
    app.conf.update(
        task_queues=[
            Queue(name, exchange=_TOPIC, routing_key=f"{name}.#")  # type: ignore[no-untyped-call]
            for name in QUEUES
        ],
        task_default_queue=RUNS,
        task_create_missing_queues=False,
        # Without it Dagster's monitoring would not know of a task that it is under way.
        task_track_started=True,
        # A watcher outlives every time after which a task that was not acknowledged is delivered again.
        task_acks_late=False,
        task_reject_on_worker_lost=False,
        result_expires=_KEPT_SECONDS,
        result_extended=False,
        accept_content=["json"],
        # A task that a full worker has put aside would wait for it while another has nothing to do.
        worker_prefetch_multiplier=1,
        worker_disable_prefetch=True,
        # A process that went on to other runs would let the lease look alive that a run has left behind. On a busy
        # machine the next process takes more than Celery's four seconds to begin.
        worker_max_tasks_per_child=1,
        worker_proc_alive_timeout=60.0,
        worker_send_task_events=False,
        worker_redirect_stdouts=False,
        worker_hijack_root_logger=False,
        broker_connection_retry_on_startup=False,
        broker_connection_max_retries=None,
        broker_connection_timeout=_SECONDS,
        broker_transport_options={
            "global_keyprefix": prefix,
            "max_retries": 3,
            "interval_start": 0,
            "interval_step": 0.2,
            "interval_max": 0.5,
            "socket_timeout": 2 * _SECONDS,
            "socket_connect_timeout": _SECONDS,
        },
        result_backend_transport_options={"global_keyprefix": prefix, "retry_policy": {"timeout": float(_SECONDS)}},
        redis_socket_timeout=_SECONDS,
        redis_socket_connect_timeout=_SECONDS,
    )
    return app

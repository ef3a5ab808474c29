"""Who launches runs for Celery workers, and what they take up; with a real Redis."""

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
import redis
import sqlalchemy as sa
from dagster._core.launcher import WorkerStatus
from dagster._core.storage.runs import SqlRunStorage
from dagster._grpc.types import ExecuteRunArgs
from dagster._serdes import pack_value
from dagster_celery.tags import DAGSTER_CELERY_TASK_ID_TAG

from wiki_activity.defs.celery_app import PROGRAM_TAG, QUEUES, find_storage_id, make_celery, name_program
from wiki_activity.defs.celery_launcher import LeasedCeleryLauncher
from wiki_activity.defs.celery_worker import StrangeProgramError, make_worker_app
from wiki_activity.defs.live_ops import watch_stream
from wiki_activity.settings import Settings, read_settings
from wiki_activity_tests.own_servers import OwnServer, own_redis

# Celery's own.
pytestmark = [pytest.mark.redis, pytest.mark.filterwarnings("ignore:Call to deprecated setex:DeprecationWarning")]


@pytest.fixture(scope="module")
def server() -> Iterator[OwnServer]:
    with own_redis() as own:
        yield own


@pytest.fixture
def carried(server: OwnServer, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of an environment with an empty Redis that carries runs."""
    with redis.Redis.from_url(server.url) as client:
        client.flushall()
    monkeypatch.setenv("WIKI_ACTIVITY_CELERY_URL", server.url)
    monkeypatch.setenv("WIKI_ACTIVITY_REDIS_PREFIX", "ours:")
    return read_settings(os.environ)


@pytest.fixture
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    """An instance in a file, which DAGSTER_HOME names."""
    (tmp_path / "dagster.yaml").touch()
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    with dg.DagsterInstance.get() as instance:
        yield instance


def launch(instance: dg.DagsterInstance, **tags: str) -> dg.DagsterRun:
    return instance.create_run_for_job(watch_stream, tags={DAGSTER_CELERY_TASK_ID_TAG: "t1", **tags})


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (None, WorkerStatus.RUNNING),
        ("STARTED", WorkerStatus.RUNNING),
        ("SUCCESS", WorkerStatus.FAILED),
        ("FAILURE", WorkerStatus.FAILED),
        ("REVOKED", WorkerStatus.FAILED),
    ],
)
def test_a_run_is_dead_if_its_task_has_ended_and_not_if_redis_has_forgotten_it(
    carried: Settings, instance: dg.DagsterInstance, state: str | None, status: WorkerStatus
) -> None:
    launcher = LeasedCeleryLauncher()
    launcher.register_instance(instance)
    if state is not None:
        launcher.celery.backend.store_result("t1", None, state)

    assert launcher.check_run_worker_health(launch(instance)).status is status
    assert not launcher.supports_resume_run


def test_what_is_known_of_a_task_is_known_for_longer_than_the_watcher_runs(
    carried: Settings, server: OwnServer, instance: dg.DagsterInstance
) -> None:
    app = make_celery(carried, instance)
    app.backend.store_result("t1", None, "STARTED")

    with redis.Redis.from_url(server.url) as client:
        (key,) = client.keys(f"ours:celery:{instance.run_storage.get_run_storage_id()}:celery-task-meta-t1")
        assert client.ttl(key) > 25 * 3600


def test_a_run_that_nobody_can_be_told_to_end_is_said_to_be_so(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WIKI_ACTIVITY_CELERY_URL", "redis://127.0.0.1:9/0")
    launcher = LeasedCeleryLauncher()
    launcher.register_instance(instance)

    with pytest.raises(dg.DagsterError, match="cannot be told to end it"):
        launcher.terminate(launch(instance).run_id)
    assert not launcher.terminate("no such run")


@pytest.mark.parametrize("queue", QUEUES)
def test_two_installations_share_a_redis_and_see_nothing_of_each_other(
    carried: Settings, server: OwnServer, instance: dg.DagsterInstance, queue: str
) -> None:
    with dg.DagsterInstance.ephemeral() as other, redis.Redis.from_url(server.url) as client:
        for one, runs in ((instance, 2), (other, 1)):
            for _ in range(runs):
                make_celery(carried, one).send_task("nothing", queue=queue, routing_key=f"{queue}.execute_job")

        lengths = [
            client.llen(f"ours:celery:{one.run_storage.get_run_storage_id()}:{queue}") for one in (instance, other)
        ]

    assert lengths == [2, 1]


def test_processes_that_begin_at_the_same_moment_find_each_other(stored: dg.DagsterInstance) -> None:
    storage, made = stored.run_storage, []
    assert isinstance(storage, SqlRunStorage)

    def make_another(_: object, cursor: sqlite3.Cursor, statement: str, *__: object) -> None:
        if statement.startswith("INSERT INTO instance_info") and not made:
            made.append("another")
            cursor.execute("INSERT INTO instance_info (run_storage_id) VALUES ('another')")

    sa.event.listen(sa.Engine, "before_cursor_execute", make_another)
    try:
        assert find_storage_id(storage) == "another"
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", make_another)
    assert made
    assert find_storage_id(storage) == "another"


@pytest.mark.parametrize(("launched_by", "taken"), [(name_program(), True), ("wiki-activity 0.0.1, dagster 1", False)])
def test_a_run_that_another_program_launched_is_not_taken_up(
    carried: Settings, stored: dg.DagsterInstance, launched_by: str, taken: bool
) -> None:
    task = make_worker_app(carried, stored).tasks["execute_job"]
    run = launch(stored, **{PROGRAM_TAG: launched_by})
    origin = dg.reconstructable(watch_stream).get_python_origin()
    packed = pack_value(ExecuteRunArgs(origin, run.run_id, None))

    if taken:
        task.before_start("t1", (), {"execute_job_args_packed": packed})
        return
    with pytest.raises(StrangeProgramError, match=r"launched by wiki-activity 0\.0\.1, dagster 1, and this is"):
        task.before_start("t1", (), {"execute_job_args_packed": packed})

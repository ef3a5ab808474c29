"""Deleting what Dagster keeps of old runs: their logs and events first, much later all that is known of them."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Final

import dagster as dg
from dagster._core.storage.event_log import SqliteEventLogStorage

_AT_ONCE: Final = 200
_ENDED: Final = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]
_EMPTIED_TAG: Final = "wiki_activity/emptied"


def empty_runs(instance: dg.DagsterInstance, job_name: str, before: datetime) -> int:
    """Delete logs and events of a job's runs that were created earlier; returns of how many.

    What they materialized stays, since that is kept for the asset.
    """
    emptied = 0
    for record in instance.get_run_records(dg.RunsFilter(job_name=job_name, statuses=_ENDED, created_before=before)):
        run_id = record.dagster_run.run_id
        if _EMPTIED_TAG not in record.dagster_run.tags:
            instance.compute_log_manager.delete_logs(prefix=[run_id])
            if (shard := _find_shard(instance, run_id)) is not None:
                _empty(shard)
            instance.add_run_tags(run_id, {_EMPTIED_TAG: "true"})
            emptied += 1
    return emptied


def delete_runs(instance: dg.DagsterInstance, job_name: str, before: datetime) -> int:
    """Delete all of a job's runs that were created earlier, what they materialized too; returns how many."""
    deleted = 0
    for run_ids in _list_old(instance, dg.RunsFilter(job_name=job_name, statuses=_ENDED, created_before=before)):
        for run_id in run_ids:
            instance.delete_run(run_id)
            instance.compute_log_manager.delete_logs(prefix=[run_id])
            if (shard := _find_shard(instance, run_id)) is not None:
                for ending in ("", "-wal", "-shm", "-journal"):
                    Path(f"{shard}{ending}").unlink(missing_ok=True)
        deleted += len(run_ids)
    return deleted


def _find_shard(instance: dg.DagsterInstance, run_id: str) -> Path | None:
    """Find the file that SQLite keeps of one run, and never deletes; what is asked across runs is kept in another."""
    storage = instance.event_log_storage
    if not isinstance(storage, SqliteEventLogStorage):
        return None
    shard = Path(storage.path_for_shard(run_id))
    return shard if shard.exists() else None


def _empty(shard: Path) -> None:
    # The file has to stay: the web server, which may have had it open, takes its tables to be there.
    with closing(sqlite3.connect(shard, isolation_level=None, timeout=30)) as connection:
        connection.execute("delete from event_logs")
        connection.execute("vacuum")


def _list_old(instance: dg.DagsterInstance, old: dg.RunsFilter) -> Iterator[list[str]]:
    while run_ids := instance.get_run_ids(old, limit=_AT_ONCE):
        yield list(run_ids)

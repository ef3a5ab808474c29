"""Dagster's run launcher for Celery workers, which `deploy/dagster/celery/dagster.yaml` names."""

import os
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import dagster as dg
from celery import Celery
from dagster._core.launcher import CheckRunHealthResult, LaunchRunContext, RunLauncher, WorkerStatus
from dagster._serdes import ConfigurableClassData
from dagster_celery.launcher import CeleryRunLauncher
from dagster_celery.tags import DAGSTER_CELERY_TASK_ID_TAG
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from wiki_activity.defs.celery_app import PROGRAM_TAG, RUNS, make_celery, name_program
from wiki_activity.settings import read_settings

_DEAD = {"FAILURE", "REVOKED", "SUCCESS"}
"""A run that has ended says so in Dagster before its task does: one that has not done so is dead."""


class LeasedCeleryLauncher(CeleryRunLauncher):
    """Launches runs as Celery tasks, and believes leases rather than Celery of whether they live.

    Dagster's own takes a run for dead of whose task Redis knows nothing, and a Redis that was emptied knows of none;
    and takes one to live whose worker was killed. So a run is dead here if its task has ended and the run has not. All
    else is for `watch_keeper` and `refresh_keeper`, who look for signs of life.

    Where they go is in the environment, `WIKI_ACTIVITY_CELERY_URL`, and nothing of it in dagster.yaml.
    """

    def __init__(self, inst_data: ConfigurableClassData | None = None) -> None:
        self._inst_data = inst_data
        self.default_queue = RUNS
        RunLauncher.__init__(self)  # type: ignore[no-untyped-call,arg-type]

    @cached_property
    def celery(self) -> Celery:
        """The app, by the id of Dagster's storage."""
        return make_celery(read_settings(os.environ), self._instance)

    def launch_run(self, context: LaunchRunContext) -> None:
        """Send the run to its queue, with the program's name on it."""
        self._instance.add_run_tags(context.dagster_run.run_id, {PROGRAM_TAG: name_program()})
        super().launch_run(context)

    def terminate(self, run_id: str) -> bool:
        """Have the run's worker interrupt it; false if it was never launched.

        Raises
        ------
        dg.DagsterError
            If the Redis is out of reach that would tell the worker.
        """
        run = self._instance.get_run_by_id(run_id)
        if run is None or run.is_finished or DAGSTER_CELERY_TASK_ID_TAG not in run.tags:
            return False
        if run.status is not dg.DagsterRunStatus.CANCELING:
            self._instance.report_run_canceling(run)
        try:
            return super().terminate(run_id)
        except (OperationalError, RedisError) as error:
            msg = f"the worker of run {run_id} cannot be told to end it: {error}"
            raise dg.DagsterError(msg) from error

    @property
    def supports_resume_run(self) -> bool:
        """False: what died is asked for again as another run, which asks Wikimedia only for the rest."""
        return False

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """Tell whether a run that Dagster takes to be under way has lost its task."""
        task = run.tags.get(DAGSTER_CELERY_TASK_ID_TAG)
        state = "unknown" if task is None else str(self.celery.AsyncResult(task).state)
        if state in _DEAD:
            return CheckRunHealthResult(WorkerStatus.FAILED, f"its Celery task ended as {state}, and the run did not")
        return CheckRunHealthResult(WorkerStatus.RUNNING)

    def get_run_worker_debug_info(self, run: dg.DagsterRun, include_container_logs: bool | None = True) -> str | None:  # noqa: ARG002, FBT001, FBT002
        """Tell nothing more."""
        return None

    @classmethod
    def config_type(cls) -> Mapping[str, Any]:
        """Say what stands in dagster.yaml: nothing."""
        return {}

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData, config_value: Mapping[str, Any]
    ) -> "LeasedCeleryLauncher":
        """Make it of what stands there."""
        return cls(inst_data=inst_data, **config_value)

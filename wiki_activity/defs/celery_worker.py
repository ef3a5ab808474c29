"""The worker that works off Dagster's runs from Celery's queues, and what becomes of them when it is told to stop."""

import logging
import os
import signal
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

import dagster as dg
from celery import Celery, Task, signals
from celery.worker import state
from dagster._grpc.types import ExecuteRunArgs
from dagster._serdes import unpack_value
from dagster_celery.tasks import create_execute_job_task
from dagster_shared.check import CheckError
from sqlalchemy.exc import SQLAlchemyError

from wiki_activity.defs.celery_app import PROGRAM_TAG, make_celery, name_program
from wiki_activity.defs.celery_launcher import LeasedCeleryLauncher
from wiki_activity.settings import Settings

_INTERRUPTED_AT: Final = (0.0, 3.5)
"""Seconds after the signal; a run that has just been taken up hears the second one."""
_KILLED_AT: Final = 7.0
_GONE_AT: Final = 9.0
_LOOK_SECONDS: Final = 0.1

logger = logging.getLogger(__name__)


class UnfitInstanceError(Exception):
    """DAGSTER_HOME names no instance whose runs workers get."""


class StrangeProgramError(Exception):
    """A run was launched by another version of the program."""


class RunTask(Task):  # type: ignore[misc]
    """A run as a task, taken up only if the program that launched it is ours.

    Else it is reported as failed, and the worker takes no more: it leaves once those that it has under way have ended.
    """

    abstract = True

    def before_start(self, task_id: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:  # noqa: ARG002
        """Look at who launched the run."""
        with dg.DagsterInstance.get() as instance:
            run = instance.get_run_by_id(find_run_id(kwargs))
        launched_by = name_program() if run is None else run.tags.get(PROGRAM_TAG, name_program())
        if launched_by != name_program():
            self.app.control.shutdown(destination=[self.request.hostname])
            msg = f"it was launched by {launched_by}, and this is {name_program()}: both have to be the same"
            raise StrangeProgramError(msg)


def find_run_id(kwargs: Mapping[str, Any]) -> str:
    """Return the id of the run that a task's arguments name."""
    return unpack_value(kwargs["execute_job_args_packed"], as_type=ExecuteRunArgs).run_id


def make_worker_app(settings: Settings, instance: dg.DagsterInstance) -> Celery:
    """Make the app with the task that executes a run.

    Parameters
    ----------
    settings
        As of :func:`wiki_activity.defs.celery_app.make_celery`.
    instance
        Dagster's, whose runs are worked off.
    """
    app = make_celery(settings, instance)
    create_execute_job_task(app, base=RunTask, shared=False)  # type: ignore[arg-type]
    return app


def work(settings: Settings, queues: Sequence[str], slots: int) -> int:
    """Work off runs until told to stop; return the exit code.

    On SIGTERM or Ctrl-C no more are taken, those under way are interrupted and report themselves as failed, and those
    that do not within seven seconds are killed and reported as failed from here.

    Parameters
    ----------
    queues
        Some of :data:`wiki_activity.defs.celery_app.QUEUES`.
    slots
        How many runs at once, each in a process.

    Raises
    ------
    UnfitInstanceError
        If the instance that DAGSTER_HOME names cannot be opened, or launches no runs for workers.
    """
    try:
        with dg.DagsterInstance.get() as instance:
            if not isinstance(instance.run_launcher, LeasedCeleryLauncher):
                msg = "the dagster.yaml in DAGSTER_HOME launches no runs for workers: take deploy/dagster/celery's"
                raise UnfitInstanceError(msg)
            app = make_worker_app(settings, instance)
    except (dg.DagsterError, CheckError, ImportError) as error:
        raise UnfitInstanceError(f"DAGSTER_HOME: {error}") from error
    except SQLAlchemyError as error:
        # The words of the driver name the server; SQLAlchemy's would add the statement.
        raise UnfitInstanceError(f"Dagster's storage: {getattr(error, 'orig', error)}") from error
    # Who listens to it sets up the log; held by no other reference, a receiver would be gone.
    signals.setup_logging.connect(_keep_logs, weak=False)
    signals.worker_shutting_down.connect(_end_runs, weak=False)
    signals.task_failure.connect(_report_failure, weak=False)
    worker = app.Worker(
        queues=list(queues), concurrency=slots, pool="prefork", without_mingle=True, without_gossip=True, quiet=True,
        hostname=f"{os.getpid()}@{os.uname().nodename}",
    )  # fmt: skip
    worker.start()
    return int(worker.exitcode or 0)


def _keep_logs(**_: object) -> None:
    logging.getLogger("celery").setLevel(logging.INFO)


def _end_runs(**_: object) -> None:
    # With nothing under way Celery leaves by itself, unless it waits for a Redis that does not answer; nor does a
    # database that does not answer keep us.
    for thread in (threading.Timer(_GONE_AT, os._exit, [1]), threading.Thread(target=_interrupt_all)):
        thread.daemon = True
        thread.start()


def _interrupt_all() -> None:
    began = time.monotonic()
    for at in (*_INTERRUPTED_AT, _KILLED_AT):
        _wait_for_runs(began + at)
        for request in list(state.active_requests):
            _kill(request.worker_pid, signal.SIGTERM if at < _KILLED_AT else signal.SIGKILL)
    for request in list(state.active_requests):
        _report(request.kwargs, "it was told to stop, and the run did not end in time")


def _wait_for_runs(until: float) -> None:
    while state.active_requests and time.monotonic() < until:
        time.sleep(_LOOK_SECONDS)


def _report_failure(kwargs: Mapping[str, Any], exception: BaseException, **_: object) -> None:
    """Report the run of a task that failed, or whose process died, and that could say nothing by itself."""
    _report(kwargs, f"{type(exception).__name__}: {exception}")


def _report(kwargs: Mapping[str, Any], why: str) -> None:
    with dg.DagsterInstance.get() as instance:
        run = instance.get_run_by_id(find_run_id(kwargs))
        if run is not None and not run.is_finished:
            place = os.uname().nodename
            instance.report_run_failed(run, f"Reported as failed by the worker on {place}: {why}.")


def _kill(process: int | None, number: signal.Signals) -> None:
    if process is not None:
        try:
            os.kill(process, number)
        except ProcessLookupError:
            logger.debug("process %d has ended", process)

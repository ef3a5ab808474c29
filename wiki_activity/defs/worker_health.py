"""Whether a worker of this machine answers, for `wiki-activity health worker`, which knows no Dagster.

Run as a process of its own: `python -m wiki_activity.defs.worker_health`. The instance is that of DAGSTER_HOME.
"""

import os
import sys
from typing import Final

import dagster as dg
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from wiki_activity.defs.celery_app import NoCeleryError, make_celery
from wiki_activity.settings import read_settings

_SECONDS: Final = 3.0


def main() -> int:
    """Ask all workers, and say whether one of this machine's is among those that answer."""
    try:
        with dg.DagsterInstance.get() as instance:
            answers = make_celery(read_settings(os.environ), instance).control.ping(timeout=_SECONDS)
    except (NoCeleryError, OperationalError, RedisError) as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    machine = os.uname().nodename
    here = [name for answer in answers for name in answer if name.endswith(f"@{machine}")]
    print(f"{len(here)} on {machine} answer, {len(answers)} in all")  # noqa: T201
    return 0 if here else 1


if __name__ == "__main__":
    sys.exit(main())

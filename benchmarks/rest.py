"""What `up` costs at rest: processor and memory of all its processes, the first load stored and the stream watched."""

import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.processes import measure
from benchmarks.table import Row
from wiki_activity.redis_store.embedded import find_embedded
from wiki_activity.simulator.limits import Limits
from wiki_activity.simulator.server import SimulatorSettings, running_simulator
from wiki_activity_tests.end_to_end.running import list_processes, make_environment, read_months, running_up, wait_for

_WIKIS = 60
_LOAD_SECONDS, _SETTLE_SECONDS, _MEASURE_SECONDS = 900, 60, 180
_WANTED_SECONDS, _WANTED_MEGABYTES = 3.0, 1_100


def run() -> list[Row]:
    """Measure three quiet minutes."""
    if sys.platform != "linux":
        return [Row("`up` at rest", "not measured: there is no /proc")]
    limits = Limits(requests_per_minute=60_000, in_flight=8)
    with (
        TemporaryDirectory() as folder,
        running_simulator(SimulatorSettings(wikis=_WIKIS, limits=limits)) as base,
    ):
        state = Path(folder)
        environment = make_environment(state, base, REQUESTS_PER_MINUTE="6000", MAX_CONNECTIONS="8", AUTOSTART="1")
        with running_up(environment) as running:
            wait_for(
                "the first load",
                lambda: all(number > 200 for number in read_months(running.api).values()),
                _LOAD_SECONDS,
            )
            wait_for("Valkey", lambda: find_embedded(state) is not None)
            time.sleep(_SETTLE_SECONDS)
            before, began = measure(list_processes(state)), time.monotonic()
            time.sleep(_MEASURE_SECONDS)
            processes = list_processes(state)
            after, minutes = measure(processes), (time.monotonic() - began) / 60
    seconds = (after.seconds - before.seconds) / minutes
    megabytes = after.bytes / 1e6
    return [
        Row(
            "`up` at rest: processor",
            f"{seconds:.1f} s a minute",
            "",
            f"≤ {_WANTED_SECONDS:g}",
            seconds <= _WANTED_SECONDS,
        ),
        Row(
            f"`up` at rest: PSS of {len(processes)} processes",
            f"{megabytes:,.0f} MB",
            "",
            f"≤ {_WANTED_MEGABYTES:,}",
            megabytes <= _WANTED_MEGABYTES,
        ),
    ]

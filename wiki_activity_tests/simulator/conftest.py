"""A simulator on a free port with a clock that only moves when told."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime

import pytest
import requests

from wiki_activity.simulator.server import SimulatorSettings, running_simulator

AGENT = "simulator-tests/1 (https://example.org/contact) requests/2"
NOW = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)
NEWEST_MONTH = date(2026, 5, 1)


class Clock:
    """Epoch seconds that stand still between two calls of :meth:`advance`."""

    def __init__(self) -> None:
        self.now = NOW.timestamp()

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


Start = Callable[[SimulatorSettings], str]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def start(clock: Clock) -> Iterator[Start]:
    """Start simulators that end with the test."""
    with ExitStack() as stack:
        yield lambda settings: stack.enter_context(running_simulator(settings, clock))


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.headers["User-Agent"] = AGENT
        yield session

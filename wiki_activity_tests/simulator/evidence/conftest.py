"""One simulator for all tests of a module."""

from collections.abc import Iterator

import pytest

from wiki_activity.simulator.server import running_simulator
from wiki_activity_tests.simulator.conftest import Clock
from wiki_activity_tests.simulator.evidence.asking import SETTINGS


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running_simulator(SETTINGS, Clock()) as url:
        yield url

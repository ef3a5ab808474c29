"""An environment for each test, and databases as the tests of the storage have them."""

from pathlib import Path

import pytest

from wiki_activity_tests.storage.conftest import empty, engine, mysql_engine, url

__all__ = ["empty", "engine", "environment", "mysql_engine", "url"]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Variables of a state folder that is not there yet, and of addresses at which nobody listens."""
    return {
        "WIKI_ACTIVITY_STATE_DIR": str(tmp_path / "state"),
        "WIKI_ACTIVITY_CONTACT": "tests@example.org",
        "WIKI_ACTIVITY_METRICS_URL": "http://127.0.0.1:9/metrics",
        "WIKI_ACTIVITY_SITEMATRIX_URL": "http://127.0.0.1:9/w/api.php",
        "WIKI_ACTIVITY_STREAM_URL": "http://127.0.0.1:9/v2/stream/recentchange",
        "WIKI_ACTIVITY_REQUESTS_PER_MINUTE": "60000",
    }


@pytest.fixture
def database(environment: dict[str, str], tmp_path: Path) -> str:
    """The address of a database that is not there yet, and that the environment names."""
    url = environment["WIKI_ACTIVITY_DATABASE_URL"] = f"sqlite:///{tmp_path}/activity.db"
    return url

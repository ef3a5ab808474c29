"""`wiki-activity explain`, beside what the end-to-end tests have: what it says where nobody could be asked."""

import re
from pathlib import Path

from pytest_httpserver import HTTPServer

from wiki_activity.domain.finding_sentences import NOTHING_FOUND
from wiki_activity.storage.database import create_database_engine
from wiki_activity.storage.migrate import migrate
from wiki_activity_tests.cli.commands import run
from wiki_activity_tests.explorer.stored import NOW, fill_database


def test_where_nobody_answers_it_does_not_say_that_nothing_was_found(
    environment: dict[str, str], httpserver: HTTPServer, tmp_path: Path
) -> None:
    address = f"sqlite:///{tmp_path / 'filled.sqlite'}"
    engine = create_database_engine(address)
    migrate(engine, now=NOW)
    fill_database(engine)
    engine.dispose()
    httpserver.expect_request(re.compile(".*")).respond_with_data("not today", status=400)
    environment |= {
        "WIKI_ACTIVITY_DATABASE_URL": address,
        "WIKI_ACTIVITY_METRICS_URL": httpserver.url_for("/metrics"),
        "WIKI_ACTIVITY_SITEMATRIX_URL": httpserver.url_for("/w/api.php"),
        "WIKI_ACTIVITY_REQUESTS_PER_MINUTE": "6000",
    }

    ended = run(environment, "explain", "hi.wikipedia.org", "2025-03")
    assert ended.code == 1
    assert "Not known, since it could not be read: which pages were edited." in ended.err
    assert NOTHING_FOUND not in ended.out

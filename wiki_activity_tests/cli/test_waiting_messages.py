"""Messages that Slack does not take are told by `doctor` and by `status`, with its answer."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from wiki_activity.domain.notices import NoticeKind, Phase
from wiki_activity.slack.lines import words
from wiki_activity.slack.message import compose
from wiki_activity.storage.database import create_database_engine, writing
from wiki_activity.storage.migrate import migrate
from wiki_activity.storage.notices import add_notice, claim_next, mark_failed
from wiki_activity_tests.cli.commands import run

NOW = datetime.now(UTC)
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {
        "WIKI_ACTIVITY_STATE_DIR": str(tmp_path),
        "WIKI_ACTIVITY_SLACK_WEBHOOK_URL": f"{NOWHERE}/services/T1/B1/hush",
        "WIKI_ACTIVITY_METRICS_URL": f"{NOWHERE}/metrics",
        "WIKI_ACTIVITY_SITEMATRIX_URL": f"{NOWHERE}/w/api.php",
        "WIKI_ACTIVITY_STREAM_URL": f"{NOWHERE}/stream",
    }


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = create_database_engine(f"sqlite:///{tmp_path / 'wiki_activity.sqlite'}")
    migrate(engine)
    yield engine
    engine.dispose()


def test_what_slack_refuses_is_told_with_its_answer(environment: dict[str, str], engine: Engine) -> None:
    with writing(engine) as connection:
        body = compose([words("hello")]).to_json()
        add_notice(connection, NoticeKind.RUN, "run:1", Phase.FAILED, body, now=NOW)
    claimed = claim_next(engine, tuple(NoticeKind), NOW)
    mark_failed(engine, [claimed[0].id], "Slack answered 404: no_service", NOW + timedelta(hours=1), refused=True)
    waits = f"1 wait since {NOW:%Y-%m-%d %H:%M:%S} UTC; Slack answered 404: no_service"

    findings = run(environment, "doctor", "--json").json["findings"]
    (finding,) = [one for one in findings if one["check"] == "WIKI_ACTIVITY_SLACK_WEBHOOK_URL"]
    assert (finding["level"], finding["message"]) == ("fail", f"set; {waits}")

    assert f"Messages: {waits}" in run(environment, "status").out
    assert run(environment, "status", "--json").json["messages"]["error"] == "Slack answered 404: no_service"

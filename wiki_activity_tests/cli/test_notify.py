"""`wiki-activity notify` and `wiki-activity mute`, as processes."""

from datetime import UTC, datetime, timedelta

import pytest
import requests
from sqlalchemy import Engine

from wiki_activity.domain.notices import NoticeKind
from wiki_activity.domain.wikis import Wiki
from wiki_activity.simulator.faults import Faults
from wiki_activity.simulator.server import SimulatorSettings, running_simulator
from wiki_activity.slack.lines import words
from wiki_activity.slack.message import compose
from wiki_activity.storage.database import writing
from wiki_activity.storage.mutes import read_mutes
from wiki_activity.storage.notices import NO_WEBHOOK, add_notice
from wiki_activity.storage.wiki_table import save_wikis
from wiki_activity_tests.cli.commands import run

NOW = datetime.now(UTC)


@pytest.fixture
def stored(environment: dict[str, str], url: str) -> dict[str, str]:
    return {**environment, "WIKI_ACTIVITY_DATABASE_URL": url}


def test_test_messages_are_shown_where_there_is_no_webhook(environment: dict[str, str]) -> None:
    ended = run(environment, "notify", "--test")
    assert ended.code == 0
    assert ended.out.count("Test: ") == 3
    assert "is busy" in ended.out
    assert "back to its usual pace" in ended.out
    assert "stood out" in ended.out
    assert "no webhook" in ended.out


def test_test_messages_are_sent(environment: dict[str, str]) -> None:
    with running_simulator(SimulatorSettings(wikis=5)) as base:
        environment["WIKI_ACTIVITY_SLACK_WEBHOOK_URL"] = f"{base}/slack/T1/B1/hush"
        ended = run(environment, "notify", "--test")
        received = requests.get(f"{base}/slack.json", timeout=5).json()
    assert (ended.code, ended.err) == (0, "")
    assert "sent 3 test messages" in ended.out
    assert [message["text"].partition(":")[0] for message in received] == ["Test"] * 3


def test_it_says_when_slack_does_not_take_them_and_not_where_it_is(environment: dict[str, str]) -> None:
    with running_simulator(SimulatorSettings(wikis=5, faults=Faults(slack="gone"))) as base:
        environment["WIKI_ACTIVITY_SLACK_WEBHOOK_URL"] = f"{base}/slack/T1/B1/hush"
        ended = run(environment, "-v", "notify", "--test")
    assert (ended.code, "Slack answered 404: no_service" in ended.err) == (1, True)
    assert "hush" not in ended.out + ended.err


def test_a_webhook_that_is_not_https_is_refused_without_telling_it(environment: dict[str, str]) -> None:
    environment["WIKI_ACTIVITY_SLACK_WEBHOOK_URL"] = "http://hooks.example.org/hush"
    ended = run(environment, "notify", "--test")
    assert ended.code == 2
    assert "must be an https address" in ended.err
    assert "hush" not in ended.out + ended.err


def test_messages_are_shown_with_what_became_of_them(stored: dict[str, str], engine: Engine) -> None:
    body = compose([words("English Wikipedia is busy & more")]).to_json()
    with writing(engine) as connection:
        add_notice(connection, NoticeKind.EPISODE, "a", "begin", body, now=NOW, unsendable=NO_WEBHOOK)
        add_notice(connection, NoticeKind.EPISODE, "b", "begin", body, now=NOW)
    ended = run(stored, "notify")
    assert ended.code == 0
    assert "episode begin: not sent: no webhook\n  English Wikipedia is busy & more" in ended.out
    assert f"episode begin: waiting: next at {NOW:%H:%M:%S} UTC" in ended.out


def test_without_messages_it_says_so(environment: dict[str, str]) -> None:
    assert "There are no messages yet" in run(environment, "notify").out


def test_a_wiki_is_muted_listed_and_heard_again(stored: dict[str, str], engine: Engine) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    ended = run(stored, "mute", "en.wikipedia.org", "24h")
    after = datetime.now(UTC)
    assert ended.out.startswith("en.wikipedia.org is muted until ")
    until = read_mutes(engine, before)["en.wikipedia.org"]
    assert before <= until - timedelta(hours=24) <= after
    assert run(stored, "mute").out == run(stored, "mute", "list").out == ended.out
    assert run(stored, "mute", "en.wikipedia.org", "off").out == "en.wikipedia.org is heard again\n"
    assert run(stored, "mute", "en.wikipedia.org", "off").out == "en.wikipedia.org was not muted\n"
    assert run(stored, "mute").out == "no wiki is muted\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["en.wikipedia.org"], "say for how long"),
        (["en.wikipedia.org", "soon"], "not a duration: 'soon'"),
        (["en.wikipedia.com", "24h"], "unknown wiki: 'en.wikipedia.com'; did you mean en.wikipedia.org?"),
        (["lang:en", "24h"], "'lang:en' names no single wiki; write its address"),
    ],
)
def test_wrong_use_is_said(
    environment: dict[str, str], engine: Engine, url: str, arguments: list[str], said: str
) -> None:
    english = Wiki("en.wikipedia.org", "enwiki", "wikipedia", "en", "English Wikipedia", "English", "ltr", closed=False)
    save_wikis(engine, [english], NOW)
    ended = run({**environment, "WIKI_ACTIVITY_DATABASE_URL": url}, "mute", *arguments)
    assert ended.code == 2
    assert said in ended.err

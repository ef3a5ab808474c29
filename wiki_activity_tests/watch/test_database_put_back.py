"""The database is put back to an older state under a watcher that runs: nobody has taken over, it goes on."""

import shutil
import time
from datetime import UTC, datetime
from pathlib import Path

from wiki_activity.domain.heartbeat import WATCHER, Beat
from wiki_activity.domain.wikis import Wiki
from wiki_activity.storage.database import checkpoint, create_database_engine
from wiki_activity.storage.heartbeats import claim, read_beat
from wiki_activity.storage.wiki_table import save_wikis
from wiki_activity_tests.cli.commands import start, wait
from wiki_activity_tests.migrated import copy_migrated_file
from wiki_activity_tests.own_servers import own_redis
from wiki_activity_tests.watch.edits import WIKIS, make_edits, write_message
from wiki_activity_tests.watch.stream_server import Script, serving

_SECONDS = 60


def test_a_watcher_goes_on_in_an_older_copy_of_its_database_until_another_one_takes_over(tmp_path: Path) -> None:
    file = tmp_path / "wiki_activity.sqlite"
    url = copy_migrated_file(file)
    # A list of wikis, so that none is asked for.
    _keep_wikis(url)
    shutil.copy(file, tmp_path / "copy.sqlite")
    script = Script([write_message(one) for one in make_edits(1, 6000, 20)], per_second=20)
    with serving(script) as stream, own_redis() as redis:
        environment = {
            "WIKI_ACTIVITY_STATE_DIR": str(tmp_path),
            "WIKI_ACTIVITY_REDIS_URL": redis.url,
            "WIKI_ACTIVITY_STREAM_URL": stream,
            "WIKI_ACTIVITY_SITEMATRIX_URL": "http://127.0.0.1:9/w/api.php",
            "WIKI_ACTIVITY_CONTACT": "tests@example.org",
        }
        with start(environment, "watch") as watcher:
            first = _await_beat(url, 1)
            # As the README has it: all that there is goes, and the copy comes.
            for one in tmp_path.glob("wiki_activity.sqlite*"):
                one.rename(tmp_path / f"aside{one.suffix}")
            (tmp_path / "copy.sqlite").rename(file)

            second = _await_beat(url, 2)
            assert second.heartbeat.holder != first.heartbeat.holder
            assert watcher.poll() is None

            engine = create_database_engine(url)
            claim(engine, WATCHER, "another one")
            engine.dispose()
            ended = wait(watcher, _SECONDS)
    assert ended.code == 1
    assert "another watcher has taken over from number 2" in ended.err
    assert "put back to an older state" in ended.out


def _keep_wikis(url: str) -> None:
    engine = create_database_engine(url)
    wikis = [Wiki(project, project, "wikipedia", "en", project, project, "ltr", closed=False) for project in WIKIS]
    save_wikis(engine, wikis, datetime.now(UTC))
    checkpoint(engine)
    engine.dispose()


def _await_beat(url: str, number: int) -> Beat:
    deadline = time.monotonic() + _SECONDS
    while True:
        engine = create_database_engine(url)
        beat = read_beat(engine, WATCHER)
        engine.dispose()
        if beat is not None and beat.heartbeat.token == number:
            return beat
        assert time.monotonic() < deadline, f"no watcher of number {number} beats: {beat}"
        time.sleep(0.1)

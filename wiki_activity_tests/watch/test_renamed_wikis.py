"""A wiki that moves while its edits are counted: they stay the same wiki's, before and after."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from wiki_activity.domain.wikis import Wiki
from wiki_activity.redis_store.reading import read_live
from wiki_activity.redis_store.rekeying import rekey
from wiki_activity.redis_store.writing import RedisStore
from wiki_activity.storage.renames import save_matrix
from wiki_activity.watch.names import WikiNames
from wiki_activity.watch.vitals import Vitals
from wiki_activity.watch.watcher import Watcher
from wiki_activity.wikimedia.events import BrokenMessages, EditDecoder
from wiki_activity_tests.redis_store.live_server import Server
from wiki_activity_tests.redis_store.stored_counts import read_seconds
from wiki_activity_tests.watch.edits import START, edit, write_message
from wiki_activity_tests.watch.watch_process import FreeTitle, Summing, ignore
from wiki_activity_tests.watch.watching import FakeStream

OLD, NEW = "be-x-old.wikipedia.org", "be-tarask.wikipedia.org"
NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)


def wiki(project: str) -> Wiki:
    return Wiki(project, "be_x_oldwiki", "wikipedia", "be-x-old", "Belarusian", "Беларуская", "ltr", closed=False)


def messages(count: int, moves_at: int) -> list[bytes]:
    """One edit a second; from a place on they name the new address, always the same dbname."""
    return [
        write_message(edit(number, START + number, OLD if number < moves_at else NEW), wiki="be_x_oldwiki")
        for number in range(count)
    ]


def watch(server: Server, stream: FakeStream, projects: Mapping[str, str], former: Mapping[str, str], to: int) -> None:
    store = RedisStore(
        server.client, server.keys, on_fenced=lambda: rekey(server.client, server.keys, projects, former)
    )
    Watcher(
        stream,
        store,
        FreeTitle(),
        Vitals("a test", monotonic=lambda: stream.now),
        judged=set(projects.values()),
        make_detector=Summing,
        on_signal=ignore,
        projects=projects,
        monotonic=lambda: stream.now,
        pause=stream.pause,
    ).run(lambda: stream.place >= to)


def test_every_edit_counts_once_and_the_detector_goes_on_before_and_after(server: Server) -> None:
    stream = FakeStream(messages(600, moves_at=200), per_read=20)
    # Until the site matrix is read again the new address is not known: the dbname tells whose edits they are.
    watch(server, stream, {"be_x_oldwiki": OLD}, {}, 400)
    assert set(read_live(server.client, server.keys).totals) == {OLD}
    watch(server, stream, {"be_x_oldwiki": NEW}, {OLD: NEW}, 600)
    live = read_live(server.client, server.keys)
    assert {name: (one.edits, one.late, one.repeats) for name, one in live.totals.items()} == {NEW: (600, 0, 0)}
    assert live.progress is not None
    seconds = read_seconds(server.client, NEW, START, live.progress.closed_until, server.keys)
    assert seconds == dict.fromkeys(range(START, live.progress.closed_until), (1, 0))
    # The detector has seen every tick once, and sums up what it was shown.
    assert set(live.rates) == {NEW}
    assert live.rates[NEW].usual == len(range(START, live.progress.closed_until)) // 10 * 10


def test_edits_of_a_wiki_that_is_not_in_the_list_count_where_they_say() -> None:
    decoder = EditDecoder(BrokenMessages(), {"awiki": OLD})
    some = [
        write_message(edit(1, START, NEW)),
        write_message(edit(2, START, NEW), wiki="xwiki"),
        write_message(edit(3, START, NEW), wiki="awiki"),
    ]
    assert [one.project for one in decoder.decode(some)] == [NEW, NEW, OLD]


def test_the_first_list_of_wikis_is_noticed_too(engine: Engine) -> None:
    at = [0.0]
    names = WikiNames(engine, lambda: NOW, monotonic=lambda: at[0])
    save_matrix(engine, [wiki(NEW)], NOW)
    at[0] = 61
    names.look()
    assert names.changed


def test_names_are_looked_at_once_a_minute_and_a_move_is_noticed(engine: Engine) -> None:
    save_matrix(engine, [wiki(OLD)], NOW)
    at = [0.0]
    names = WikiNames(engine, lambda: NOW, monotonic=lambda: at[0])
    assert (names.projects, names.former) == ({"be_x_oldwiki": OLD}, {})
    save_matrix(engine, [wiki(NEW)], NOW + timedelta(days=7))
    names.look()
    assert not names.changed
    at[0] = 61
    names.look()
    assert names.changed
    again = WikiNames(engine, lambda: NOW)
    assert (again.projects, again.former) == ({"be_x_oldwiki": NEW}, {OLD: NEW})

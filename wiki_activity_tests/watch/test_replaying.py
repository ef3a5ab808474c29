"""Replaying finds what the watcher finds, in recordings of either kind and in the stream's past."""

import csv
import gzip
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Engine

from wiki_activity.domain.burst import Burst
from wiki_activity.domain.episodes import Episode, Telling
from wiki_activity.domain.mean_gap import MeanGap
from wiki_activity.storage.database import create_database_engine
from wiki_activity.storage.episode_table import read_episodes
from wiki_activity.storage.migrate import migrate
from wiki_activity.watch.episode_keeper import EpisodeKeeper
from wiki_activity.watch.recordings import RecordingError, longest_gap_seconds, read_recording
from wiki_activity.watch.replaying import Replay, Replayed, read_past
from wiki_activity.watch.vitals import Vitals
from wiki_activity.watch.watcher import Watcher
from wiki_activity.wikimedia.events import Edit
from wiki_activity.wikimedia.refusals import BrokenMessages
from wiki_activity.wikimedia.stream import Batch
from wiki_activity_tests.redis_store.live_server import lend_live_server
from wiki_activity_tests.shared_data import SHARED_DATA
from wiki_activity_tests.watch.edits import START, WIKIS, edit, make_edits, write_message, write_messages
from wiki_activity_tests.watch.titles import FreeTitle
from wiki_activity_tests.watch.watching import FakeStream

EN = WIKIS[0]


def make_burst(seed: int) -> list[Edit]:
    """Make two hours of about one edit a second, three times as many for eight minutes, out of order."""
    rng = np.random.default_rng(seed)
    times: list[int] = []
    for second in range(7200):
        rate = 3.0 if 4800 <= second < 5280 else 1.0
        times += [START + second - int(behind) for behind in rng.integers(0, 6, rng.poisson(rate))]
    return [edit(n, at, user=f"User {n % 37}", is_bot=n % 11 == 0) for n, at in enumerate(times)]


def replay(edits: list[Edit], make_detector: Any, **options: Any) -> Replayed:
    replaying = Replay(judged={EN}, make_detector=make_detector, **options)
    for begin in range(0, len(edits), 700):
        replaying.add(edits[begin : begin + 700])
    return replaying.finish()


def summarize(episodes: list[Episode]) -> list[tuple[Any, ...]]:
    return [
        (
            one.project,
            one.opened_at,
            one.started_at,
            one.closed_at,
            one.ended_at,
            one.why,
            round(one.rate, 9),
            one.edits,
        )
        for one in episodes
    ]


def watch(edits: list[Edit], make_detector: Any, folder: Path) -> list[Episode]:
    """Feed edits to the watcher and the keeper, as live, with a restart amid them; return what the database has."""
    engine = create_database_engine(f"sqlite:///{folder / 'live.sqlite'}")
    migrate(engine)
    # Newer events let the last seconds of the recording close.
    newest = max(one.at for one in edits)
    messages = [write_message(one) for one in edits] + [write_message(edit(10**6, newest + 6, "xx.wikipedia.org"))]

    def keep(stream: FakeStream) -> EpisodeKeeper:
        return EpisodeKeeper(
            engine,
            make_detector().name,
            explorer_url="http://localhost:5000",
            sendable=True,
            clock=lambda: datetime.fromtimestamp(edits[min(stream.place, len(edits) - 1)].at, UTC),
        )

    with lend_live_server() as server:
        for until in (len(messages) // 2, len(messages)):
            stream = FakeStream(messages)
            Watcher(
                stream,
                server.make_store(),
                FreeTitle(),
                Vitals("a test"),
                judged={EN},
                make_detector=make_detector,
                on_signal=keep(stream).on_signal,
                monotonic=lambda stream=stream: stream.now,
                pause=stream.pause,
            ).run(lambda stream=stream, until=until: stream.place >= until)
    found = read_all(engine)
    engine.dispose()
    return found


def read_all(engine: Engine) -> list[Episode]:
    return sorted(read_episodes(engine), key=lambda one: one.opened_at)


def test_a_burst_is_found_as_live(tmp_path: Path) -> None:
    edits = make_burst(1)
    found = replay(edits, Burst)
    assert summarize(found.episodes) == summarize(watch(edits, Burst, tmp_path))
    (episode,) = found.episodes
    assert abs((episode.started_at - datetime.fromtimestamp(START + 4800, UTC)).total_seconds()) < 60
    assert episode.ended_at is not None
    assert abs((episode.ended_at - datetime.fromtimestamp(START + 5280, UTC)).total_seconds()) < 60
    assert episode.telling is Telling.TOLD
    assert (found.edits, found.late, found.broken) == (len(edits), 0, 0)
    assert found.since == datetime.fromtimestamp(edits[0].at, UTC)


@pytest.mark.parametrize("make_detector", [Burst, lambda: MeanGap(7.0), lambda: MeanGap(8.5)])
def test_a_recorded_day_gives_the_episodes_of_the_watcher(make_detector: Any, tmp_path: Path) -> None:
    path = SHARED_DATA / "enwiki_edits_2015-09-12.csv.gz"
    if not path.exists():
        pytest.skip(f"no recorded data at {SHARED_DATA}")
    broken = BrokenMessages()
    edits = [one for some in read_recording(path, EN, broken) for one in some]
    found = replay(edits, make_detector, far_ahead_seconds=longest_gap_seconds(path))
    assert len(edits) == 7815
    assert not broken.kinds
    assert (found.edits, found.late) == (7815, 0)
    assert summarize(found.episodes) == summarize(watch(edits, make_detector, tmp_path))
    if make_detector is not Burst:
        assert found.episodes


def test_the_size_of_the_pieces_does_not_matter() -> None:
    edits = make_burst(2)
    whole = Replay(judged=None, make_detector=Burst)
    whole.add(edits)
    assert whole.finish() == replay(edits, Burst)


def write_csv(edits: list[Edit], header: str = "time_iso_ms,isRobot,delta") -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header.split(","))
    for one in edits:
        writer.writerow([datetime.fromtimestamp(one.at, UTC).strftime("%Y-%m-%dT%H:%M:%S.500Z"), int(one.is_bot), 7])
    return text.getvalue().encode()


def read(path: Path, content: bytes) -> tuple[list[Edit], dict[str, int]]:
    path.write_bytes(content)
    broken = BrokenMessages()
    return [one for some in read_recording(path, EN, broken) for one in some], dict(broken.kinds)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_both_kinds_of_recording_are_read_plain_or_packed(tmp_path: Path, pack: Any) -> None:
    edits = make_edits(1, 1500, 3.0)
    found, kinds = read(tmp_path / "events", pack(b"\n".join(write_message(one) for one in edits)))
    assert found == edits
    assert not kinds
    found, kinds = read(tmp_path / "times", pack(write_csv(edits)))
    assert [(one.project, one.at, one.is_bot) for one in found] == [(EN, one.at, one.is_bot) for one in edits]
    assert len({one.event_id for one in found}) == 1500
    assert not kinds


def test_times_may_be_numbers_and_bots_unknown(tmp_path: Path) -> None:
    found, kinds = read(tmp_path / "a", b"\xef\xbb\xbfTimestamp\n1781524800\n1781524801250\n\n2026-06-15 12:00:02\n")
    assert [one.at for one in found] == [START, START + 1, START + 2]
    assert not any(one.is_bot for one in found)
    assert not kinds


def test_a_torn_last_line_is_counted_and_the_rest_read(tmp_path: Path) -> None:
    edits = make_edits(1, 50, 3.0)
    events = b"\n".join(write_message(one) for one in edits)
    found, kinds = read(tmp_path / "a", events[:-100])
    assert (len(found), kinds) == (49, {"no JSON object": 1})
    found, kinds = read(tmp_path / "b", write_csv(edits)[:-8])
    assert (len(found), kinds) == (49, {"a row that is torn or has no time": 1})
    found, kinds = read(tmp_path / "c", gzip.compress(write_csv(edits))[:-20])
    assert len(found) < 50
    assert kinds["a compressed file that breaks off"] == 1


def test_an_event_an_hour_ahead_of_its_neighbours_is_refused_in_a_recording_too(tmp_path: Path) -> None:
    path = tmp_path / "events"
    edits = make_edits(1, 200, 3.0)
    messages = [write_message(one) for one in edits]
    messages.insert(100, write_message(edit(999, edits[100].at + 3600)))
    found, _ = read(path, b"\n".join(messages))
    result = replay([one for one in found if one.project == EN], Burst, far_ahead_seconds=longest_gap_seconds(path))
    assert result.kinds == {"an event time far ahead of the others": 1}
    assert result.late == 0


@pytest.mark.parametrize("content", [b"a,b\n1,2\n", b"[1]\n"])
def test_what_is_no_recording_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(RecordingError, match="has neither events"):
        read(tmp_path / "file", content)


@pytest.mark.parametrize("content", [b'time,x\n1767225600,"' + b"a" * 200_000, b"time\r1767225600\r1767225601\r"])
def test_what_the_csv_reader_cannot_take_is_said(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(RecordingError, match="file cannot be read as CSV: "):
        read(tmp_path / "file", content)


@pytest.mark.parametrize("odd", ["9" * 20, "9" * 5000, "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_time_of_no_year_is_counted_and_the_rest_read(tmp_path: Path, odd: str) -> None:
    edits, kinds = read(tmp_path / "file", f"time\n{odd}\n2026-01-01T00:00:00.9\n".encode())
    assert [one.at for one in edits] == [1_767_225_600]
    assert kinds == {"a row that is torn or has no time": 1}


def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="nothing cannot be read"):
        list(read_recording(tmp_path / "nothing", EN, BrokenMessages()))


def test_an_empty_file_has_nothing(tmp_path: Path) -> None:
    assert read(tmp_path / "file", b"") == ([], {})
    result = Replay(judged=None, make_detector=Burst).finish()
    assert (result.since, result.until, result.edits, result.episodes) == (None, None, 0, [])


def test_recorded_events_are_counted() -> None:
    path = SHARED_DATA / "recentchange_sample.ndjson.gz"
    if not path.exists():
        pytest.skip(f"no recorded data at {SHARED_DATA}")
    replaying = Replay(judged=None, make_detector=Burst)
    for some in read_recording(path, EN, replaying.broken):
        replaying.add(some)
    assert replaying.finish().edits == 86


class Past(FakeStream):
    """Falls silent after its last message."""

    def read(self, wait_seconds: float) -> Batch:
        batch = super().read(wait_seconds)
        self.now += 0 if batch.messages else wait_seconds
        return batch


def test_the_streams_past_is_read_until_now() -> None:
    edits = make_edits(3, 900, 3.0)
    stream = Past(write_messages(edits, 3))
    since, now = datetime.fromtimestamp(START, UTC), float(START + 250)
    found = read_past(stream, since, BrokenMessages(), clock=lambda: now, monotonic=lambda: stream.now)
    got = [one for some in found for one in some]
    assert stream.since == str(1000 * START)
    assert stream.closed
    assert got[-1].at >= now - 60
    assert len(got) < len(edits)


def test_a_past_that_does_not_come_is_an_error() -> None:
    stream = Past([])
    stream.problem = "502 Bad Gateway"
    since = datetime.now(UTC) - timedelta(hours=6)
    with pytest.raises(TimeoutError, match="502 Bad Gateway"):
        list(read_past(stream, since, BrokenMessages(), monotonic=lambda: stream.now))

"""Hot pages from the stream's edits to rows and messages."""

import json
import random
from collections.abc import Iterable
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine

from wiki_activity.domain.episodes import Episode, Telling
from wiki_activity.domain.live import EndReason, LiveDetectorName
from wiki_activity.domain.live_detectors import make_detector
from wiki_activity.domain.notices import NoticeKind
from wiki_activity.storage.episode_table import read_episodes
from wiki_activity.storage.mutes import mute
from wiki_activity.storage.notices import claim_next, mark_sent, read_notices
from wiki_activity.watch.episode_keeper import EpisodeKeeper
from wiki_activity.watch.live_detection import LiveDetectors
from wiki_activity.watch.ticking import WikiTick
from wiki_activity.watch.window import Window
from wiki_activity.wikimedia.events import Edit
from wiki_activity.wikimedia.refusals import BrokenMessages

ENGLISH = "en.wikipedia.org"
START = 1_781_524_800
HOUR = 3600
TITLE = "Comet of Station 7"


class Titles:
    """Knows of each page what the test says; None until then."""

    def __init__(self, answer: bool | None) -> None:
        self.answer = answer

    def may_show(self, project: str, title: str) -> bool | None:
        return self.answer

    def forget(self, project: str, title: str) -> None:
        self.answer = False


class Stream:
    """A wiki's edits through the window, the detectors and the keeper, at the pace of their own time."""

    def __init__(self, engine: Engine, titles: Titles) -> None:
        self.engine = engine
        self.at = START
        self.wall: int | None = None
        self.window = Window({ENGLISH}, BrokenMessages(), people_key=b"k")
        self.judges = LiveDetectors(lambda: make_detector(LiveDetectorName.BURST), 5)
        self.titles = titles
        self.restart_keeper()
        self.random = random.Random(5)
        self.number = self.visits = 0

    def restart_keeper(self) -> None:
        self.keeper = EpisodeKeeper(
            self.engine,
            LiveDetectorName.BURST,
            explorer_url="http://x",
            sendable=True,
            clock=lambda: datetime.fromtimestamp(self.at if self.wall is None else self.wall, UTC),
            titles=self.titles,
        )

    def pass_time(self, seconds: int, title: str | None = None, *, is_bot: bool = False, pace: int = 1) -> None:
        """Let a calm wiki be edited, and a page besides, by ten people or bots once in twenty seconds."""
        for at in range(self.at, self.at + seconds):
            self.at = at
            edits = [
                self.edit(f"Page {self.random.randrange(10**6)}", f"Somebody {self.random.randrange(500)}")
                for _ in range(pace)
            ]
            if title is not None and self.random.random() < 1 / 20:
                edits.append(self.edit(title, f"Visitor {self.random.randrange(10)}", is_bot=is_bot))
                self.visits += 1
            self.judge(self.window.add(edits))
        self.at += 1

    def edit(self, title: str, user: str, *, is_bot: bool = False) -> Edit:
        self.number += 1
        return Edit(ENGLISH, self.at, is_bot, f"id-{self.number}", title, user)

    def judge(self, ticks: Iterable[WikiTick]) -> None:
        for wiki_tick in ticks:
            project = wiki_tick.project
            signal = self.judges.detect(wiki_tick)
            people = self.window.people_of(project)
            if signal.busy or signal.ends is not None:
                self.keeper.on_signal(project, wiki_tick.tick, signal, people)
            for page in self.judges.look_at_pages(wiki_tick, people):
                self.keeper.on_signal(project, page.tick, page.signal, people)
            self.window.people.keep_since(project, self.judges.find_oldest(project))


def read_pages(engine: Engine) -> list[Episode]:
    return read_episodes(engine, detectors=[LiveDetectorName.HOT_PAGE])[::-1]


def texts(engine: Engine) -> list[str]:
    return [json.loads(notice.body)["text"] for notice in read_notices(engine)[::-1]]


@pytest.fixture
def stream(engine: Engine) -> Stream:
    """A wiki that was calm for an hour, and whose pages may be named."""
    calm = Stream(engine, Titles(True))
    calm.pass_time(HOUR)
    return calm


def test_ten_people_on_one_page_are_found_within_five_minutes_and_told_twice(engine: Engine, stream: Stream) -> None:
    began = stream.at
    stream.pass_time(1800, TITLE)
    ended = stream.at
    stream.pass_time(1200)
    [episode] = read_pages(engine)
    assert (episode.page, episode.page_shown, episode.telling) == (TITLE, True, Telling.TOLD)
    assert episode.opened_at.timestamp() - began <= 300
    assert abs(episode.started_at.timestamp() - began) < 60
    assert episode.ended_at is not None
    assert abs(episode.ended_at.timestamp() - ended) < 120
    assert episode.why is EndReason.USUAL_AGAIN
    assert (episode.edits, episode.facts.people if episode.facts else 0) == (stream.visits, 10)
    begin, end = texts(engine)
    assert begin.startswith(f"{TITLE} is hot on en.wikipedia.org: ")
    assert end.startswith(f"{TITLE} on en.wikipedia.org is no longer hot after ")
    assert [one.kind for one in read_notices(engine)] == [NoticeKind.EPISODE] * 2
    assert read_episodes(engine, detectors=[LiveDetectorName.BURST]) == []


def test_a_page_that_may_not_be_named_is_told_of_without_its_title(engine: Engine, stream: Stream) -> None:
    stream.titles.answer = False
    stream.pass_time(1800, TITLE)
    stream.pass_time(1200)
    [episode] = read_pages(engine)
    assert (episode.page, episode.page_shown, episode.telling) == (None, False, Telling.TOLD)
    assert all(text.startswith("A page ") for text in texts(engine))
    assert not any(TITLE in notice.body for notice in read_notices(engine))


def test_a_message_waits_a_minute_for_what_is_to_be_known_of_the_page(engine: Engine, stream: Stream) -> None:
    stream.titles.answer = None
    while not read_pages(engine):
        stream.pass_time(30, TITLE)
    stream.pass_time(30, TITLE)
    assert texts(engine) == []
    stream.pass_time(60, TITLE)
    assert texts(engine)[0].startswith("A page is hot")


def test_what_becomes_known_within_the_minute_is_in_the_message(engine: Engine, stream: Stream) -> None:
    stream.titles.answer = None
    while not read_pages(engine):
        stream.pass_time(30, TITLE)
    stream.titles.answer = True
    stream.pass_time(40, TITLE)
    assert texts(engine)[0].startswith(f"{TITLE} is hot")


def test_where_minutes_are_caught_up_with_in_no_time_a_message_waits_for_the_name_all_the_same(
    engine: Engine, stream: Stream
) -> None:
    stream.titles.answer = None
    stream.wall = stream.at + 600
    stream.pass_time(600, TITLE)
    assert texts(engine) == []
    stream.wall = None
    stream.titles.answer = True
    stream.pass_time(60, TITLE)
    [text] = texts(engine)
    assert text.startswith(f"{TITLE} is hot")


def test_what_was_caught_up_with_waits_a_minute_and_no_longer(engine: Engine, stream: Stream) -> None:
    stream.titles.answer = None
    stream.wall = stream.at + 600
    stream.pass_time(600, TITLE)
    stream.wall = None
    stream.pass_time(90, TITLE)
    [text] = texts(engine)
    assert text.startswith("A page is hot")


def test_what_began_and_ended_while_it_was_caught_up_with_is_left_for_the_recovery(
    engine: Engine, stream: Stream
) -> None:
    stream.titles.answer = None
    stream.wall = stream.at + 3000
    stream.pass_time(900, TITLE)
    stream.pass_time(1200)
    [episode] = read_pages(engine)
    assert (episode.telling, episode.page, texts(engine)) == (Telling.RECOVERY, None, [])


def pass_burst(stream: Stream, seconds: int) -> None:
    """Let the wiki be busy with some pages, the test's among them: six edits a second by forty people."""
    for _ in range(seconds):
        edits = [
            stream.edit(title, f"Visitor {stream.random.randrange(40)}")
            for title in (TITLE, *(f"B {n}" for n in range(5)))
        ]
        stream.judge(stream.window.add(edits))
        stream.at += 1


def test_a_busy_spell_names_no_page_that_is_gone(engine: Engine, stream: Stream) -> None:
    stream.judges = LiveDetectors(lambda: make_detector(LiveDetectorName.BURST))
    stream.pass_time(600)
    pass_burst(stream, 120)
    [before] = read_episodes(engine)
    assert TITLE in before.titles
    assert TITLE in read_notices(engine)[0].body
    stream.restart_keeper()
    stream.keeper.forget_page(ENGLISH, TITLE)
    [gone] = read_episodes(engine)
    assert gone.titles
    assert TITLE not in gone.titles
    pass_burst(stream, 120)
    stream.pass_time(1200)
    [after] = read_episodes(engine)
    assert after.closed_at is not None
    assert TITLE not in after.titles
    assert not any(TITLE in notice.body for notice in read_notices(engine))


def test_a_busy_spell_that_begins_after_a_deletion_does_not_name_the_page(engine: Engine, stream: Stream) -> None:
    stream.judges = LiveDetectors(lambda: make_detector(LiveDetectorName.BURST))
    stream.pass_time(600)
    stream.keeper.forget_page(ENGLISH, TITLE)
    pass_burst(stream, 120)
    [episode] = read_episodes(engine)
    assert episode.titles
    assert TITLE not in episode.titles


def test_the_title_of_a_deleted_page_leaves_the_store_and_what_was_not_sent(engine: Engine, stream: Stream) -> None:
    stream.pass_time(900, TITLE)
    assert TITLE in read_notices(engine)[0].body
    stream.keeper.forget_page(ENGLISH, "Another page")
    assert TITLE in read_notices(engine)[0].body
    stream.keeper.forget_page(ENGLISH, TITLE)
    stream.pass_time(300, TITLE)
    stream.pass_time(1200)
    [episode] = read_pages(engine)
    assert (episode.page, episode.shown_page) == (None, None)
    assert [text.split(" on ")[0].split(" is hot")[0] for text in texts(engine)] == ["A page", "A page"]
    assert not any(TITLE in notice.body for notice in read_notices(engine))


def test_a_page_that_was_deleted_goes_on_as_one_without_a_name_after_a_restart(engine: Engine, stream: Stream) -> None:
    stream.pass_time(900, TITLE)
    stream.keeper.forget_page(ENGLISH, TITLE)
    stream.restart_keeper()
    stream.pass_time(300, TITLE)
    [episode] = read_pages(engine)
    assert (episode.page, episode.closed_at) == (None, None)
    stream.pass_time(1200)
    [episode] = read_pages(engine)
    assert (episode.page, episode.why) == (None, EndReason.USUAL_AGAIN)
    assert len(texts(engine)) == 2
    assert not any(TITLE in notice.body for notice in read_notices(engine))


def test_what_is_kept_of_messages_that_were_sent_loses_the_title_too(engine: Engine, stream: Stream) -> None:
    stream.pass_time(900, TITLE)
    now = datetime.fromtimestamp(stream.at, UTC)
    while claimed := claim_next(engine, list(NoticeKind), now):
        mark_sent(engine, [notice.id for notice in claimed], now)
    [before] = read_notices(engine)
    assert TITLE in before.body
    assert before.sent_at is not None
    stream.keeper.forget_page(ENGLISH, TITLE)
    [after] = read_notices(engine)
    assert TITLE not in after.body
    assert after.sent_at == before.sent_at


def test_a_deletion_long_after_the_end_is_heard_by_the_next_keeper_too(engine: Engine, stream: Stream) -> None:
    stream.pass_time(900, TITLE)
    stream.pass_time(1200)
    stream.at += 10 * 24 * HOUR
    stream.restart_keeper()
    stream.keeper.forget_page(ENGLISH, TITLE)
    assert [one.page for one in read_pages(engine)] == [None]


def test_an_open_one_goes_on_after_a_restart(engine: Engine, stream: Stream) -> None:
    stream.pass_time(900, TITLE)
    stream.restart_keeper()
    stream.pass_time(900, TITLE)
    stream.pass_time(1200)
    [episode] = read_pages(engine)
    assert episode.edits == stream.visits
    assert len(texts(engine)) == 2


def test_of_the_same_page_people_are_told_once_a_day(engine: Engine, stream: Stream) -> None:
    for _ in range(2):
        stream.pass_time(900, TITLE)
        stream.pass_time(HOUR)
        stream.restart_keeper()
    assert [one.telling for one in read_pages(engine)] == [Telling.TOLD, Telling.SILENT]
    assert len(texts(engine)) == 2


def test_what_begins_again_within_a_quarter_of_an_hour_is_the_same(engine: Engine, stream: Stream) -> None:
    stream.pass_time(900, TITLE)
    stream.pass_time(720)
    assert read_pages(engine)[0].closed_at is not None
    stream.pass_time(600, TITLE)
    [episode] = read_pages(engine)
    assert episode.closed_at is None


def test_a_muted_wiki_hears_nothing_of_its_pages(engine: Engine, stream: Stream) -> None:
    mute(engine, ENGLISH, datetime.fromtimestamp(stream.at + 10 * HOUR, UTC), datetime.fromtimestamp(stream.at, UTC))
    stream.pass_time(900, TITLE)
    assert [one.telling for one in read_pages(engine)] == [Telling.MUTED]
    assert texts(engine) == []


def test_one_that_is_not_followed_any_more_is_closed_as_not_seen_to_its_end(engine: Engine, stream: Stream) -> None:
    stream.pass_time(900, TITLE)
    stream.restart_keeper()
    [lost] = stream.keeper.close_lost(datetime.fromtimestamp(stream.at + HOUR, UTC))
    assert (lost.page, lost.why) == (TITLE, None)
    assert "we did not see when that ended" in texts(engine)[-1]


def test_bots_make_no_page_hot(engine: Engine, stream: Stream) -> None:
    stream.pass_time(900, TITLE, is_bot=True)
    assert read_pages(engine) == []


def test_while_its_whole_wiki_is_busy_a_page_is_kept_and_not_told_besides(engine: Engine, stream: Stream) -> None:
    stream.pass_time(300, pace=8)
    assert [text.partition(":")[0] for text in texts(engine)] == ["en.wikipedia.org is busy"]
    stream.pass_time(600, TITLE, pace=8)
    [episode] = read_pages(engine)
    assert (episode.telling, len(texts(engine))) == (Telling.SILENT, 1)

    stream.pass_time(600, TITLE)
    begin = next(text for text in texts(engine) if text.startswith(TITLE))
    assert " is hot on en.wikipedia.org" in begin, "the wiki is calm again, and the page still is not"

"""Hot pages from the stream's edits to rows and messages."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from wiki_activity.domain.episodes import Episode, Telling
from wiki_activity.domain.live import EndReason, LiveDetectorName
from wiki_activity.domain.live_detectors import make_detector
from wiki_activity.storage.episode_table import read_episodes
from wiki_activity.storage.notices import claim_next, read_notices
from wiki_activity.watch.episode_keeper import EpisodeKeeper
from wiki_activity.watch.live_detection import LiveDetectors
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
        self.window = Window({ENGLISH}, BrokenMessages(), people_key=b"k")
        self.judges = LiveDetectors(lambda: make_detector(LiveDetectorName.BURST), 5)
        self.titles = titles
        self.restart_keeper()
        self.random = random.Random(5)
        self.number = 0

    def restart_keeper(self) -> None:
        self.keeper = EpisodeKeeper(
            self.engine,
            LiveDetectorName.BURST,
            explorer_url="http://x",
            sendable=True,
            clock=lambda: datetime.fromtimestamp(self.at, UTC),
            titles=self.titles,
        )

    def pass_time(self, seconds: int, title: str | None = None, people: int = 10, every: float = 20.0) -> None:
        """Let a calm wiki be edited, and a page besides."""
        for at in range(self.at, self.at + seconds):
            self.at = at
            edits = [self._edit(f"Page {self.random.randrange(10**6)}", f"U{self.random.randrange(500)}")] * 1
            if title is not None and self.random.random() < 1 / every:
                edits.append(self._edit(title, f"Visitor {self.random.randrange(people)}"))
            self._judge(self.window.add(edits))
        self.at += 1

    def _edit(self, title: str, user: str) -> Edit:
        self.number += 1
        return Edit(ENGLISH, self.at, False, f"id-{self.number}", title, user)

    def _judge(self, ticks: Iterator) -> None:
        for wiki_tick in ticks:
            project = wiki_tick.project
            signal = self.judges.detect(wiki_tick)
            people = self.window.people_of(project)
            if signal.busy or signal.ends is not None:
                self.keeper.on_signal(project, wiki_tick.tick, signal, people)
            for page in self.judges.look_at_pages(wiki_tick, people):
                self.keeper.on_signal(project, page.tick, page.signal, people)
            people_since = self.judges.find_oldest(project)
            self.window.people.keep_since(project, people_since)


def read_pages(engine: Engine) -> list[Episode]:
    return read_episodes(engine, detectors=[LiveDetectorName.HOT_PAGE])[::-1]


def texts(engine: Engine) -> list[str]:
    return [json.loads(notice.body)["text"] for notice in read_notices(engine)[::-1]]


def test_ten_people_on_one_page_are_found_within_five_minutes_and_told_twice(engine: Engine) -> None:
    stream = Stream(engine, Titles(True))
    stream.pass_time(HOUR)
    began = stream.at
    stream.pass_time(1800, TITLE)
    stream.pass_time(1200)
    [episode] = read_pages(engine)
    print(episode)
    print(texts(engine))
    assert (episode.page, episode.page_shown, episode.telling) == (TITLE, True, Telling.TOLD)
    assert episode.opened_at.timestamp() - began <= 300

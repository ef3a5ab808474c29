"""The keeper of episodes: what the live detectors say becomes rows and notices, in one transaction a tick."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from threading import Lock
from typing import Final, Protocol

from sqlalchemy import Connection, Engine

from wiki_activity.domain.episodes import Episode, Telling
from wiki_activity.domain.live import LiveDetectorName, Signal, Tick
from wiki_activity.domain.notices import (
    SAME_EPISODE,
    Moments,
    NoticeKind,
    Phase,
    decide_begin,
    is_news,
    is_same_episode,
)
from wiki_activity.slack.live_messages import Place, begin_message, end_message
from wiki_activity.slack.message import Message
from wiki_activity.storage.database import write
from wiki_activity.storage.episode_table import (
    count_episodes,
    forget_page,
    read_newest_episodes,
    read_page_titles,
    read_recent_pages,
    save_episode,
)
from wiki_activity.storage.mutes import is_muted
from wiki_activity.storage.notices import NO_WEBHOOK, add_notice, find_notice, rewrite_notice, withdraw_notice
from wiki_activity.storage.wiki_table import load_wikis
from wiki_activity.watch.episode_growth import Seen, close, grow, lose, moment_of, open_episode, reopen
from wiki_activity.watch.signals import EpisodeContext, WithoutTitles

logger = logging.getLogger(__name__)

_WEEK: Final = timedelta(days=7)
_DAY: Final = timedelta(days=1)
"""So long after it was told of, people are not told of the same page again."""
_LOOKUP: Final = timedelta(seconds=60)
"""So long, by the wall clock, a message waits for what is to be known of its page."""
_MOST_KEPT: Final = 2000
_MOST_GONE: Final = 200
"""Pages of a wiki that are known to be gone, the last ones."""

_NAMELESS: Final = "#"
"""No title begins with it: it stands for a hot page whose title had to be forgotten."""

Subject = tuple[str, str | None]
"""A wiki, and the page of it that is hot; None where it is about the whole wiki."""


class PageTitles(Protocol):
    """Knows which pages' titles may be shown."""

    def may_show(self, project: str, title: str) -> bool | None:
        """Tell whether a page exists and is a day old; None while that is being asked."""

    def forget(self, project: str, title: str) -> None:
        """Note that a page was deleted."""


class NoTitles:
    """Shows none."""

    def may_show(self, project: str, title: str) -> bool | None:  # noqa: ARG002 - as of :class:`PageTitles`
        """Tell that it may not."""
        return False

    def forget(self, project: str, title: str) -> None:
        """Do nothing."""


class EpisodeKeeper:
    """Writes episodes and their notices; takes the watcher's signals in the order of event time.

    Signals come from one thread, and another one may ask to close what was lost. Ticks that come again after a crash
    change nothing, and an episode that was open goes on.

    Parameters
    ----------
    engine
        A database with current tables.
    detector
        The one that speaks.
    explorer_url
        Where the explorer's pages are, without a trailing slash.
    sendable
        Whether there is a webhook; without one, messages are kept, marked so, and never sent.
    clock
        Wall clock, with its time zone: it tells what is old news.
    wrong_seconds
        Tells by how much that clock is known to be ahead: else all would be old news to it, and nobody be told.
    titles
        Knows which pages may be named; by default none is.
    """

    def __init__(
        self,
        engine: Engine,
        detector: LiveDetectorName,
        *,
        explorer_url: str,
        sendable: bool,
        clock: Callable[[], datetime],
        wrong_seconds: Callable[[], float] = float,
        titles: PageTitles | None = None,
    ) -> None:
        self._engine = engine
        self._detector = detector
        self._explorer_url = explorer_url
        self._sendable = sendable
        self._clock = clock
        self._wrong_seconds = wrong_seconds
        self._lock = Lock()
        self._page_titles = titles or NoTitles()
        self._newest: dict[Subject, Episode] | None = None
        self._told: dict[Subject, datetime] = {}
        self._waiting_since: dict[Subject, datetime] = {}
        self._kept_titles: set[tuple[str, str]] = set()
        self._gone: dict[str, dict[str, None]] = {}
        self._names: dict[str, str] = {}

    def on_signal(self, project: str, tick: Tick, signal: Signal, context: EpisodeContext) -> None:
        """Take a signal in; all of it is committed on return.

        Raises
        ------
        DatabaseUnreachableError
            Then nothing has changed, and the same signal may be given again.
        """
        with self._lock:
            newest = self._load()
            subject = _find_subject(newest, project, signal)
            last = newest.get(subject)
            at = moment_of(tick.at)
            if last is not None and at <= last.updated_at:
                return
            if not signal.busy and (last is None or last.closed_at is not None):
                return
            its = self._gone.get(project)
            known = WithoutTitles(context, its) if its else context
            seen = Seen(tick, signal, known, Moments(at, self._clock() - timedelta(seconds=self._wrong_seconds())))
            episode = write(self._engine, lambda connection: self._take(connection, project, last, seen))
            newest[subject] = episode
            self._kept_titles.update((project, title) for title in episode.titles)
            if len(newest) > _MOST_KEPT:
                self._newest = None

    def forget_page(self, project: str, title: str) -> None:
        """Remove the title of a page that was deleted from what is stored, messages included, sent ones too.

        Raises
        ------
        DatabaseUnreachableError
            Then nothing has changed, and the same may be given again.
        """
        with self._lock:
            newest = self._load()
            self._page_titles.forget(project, title)
            self._note_gone(project, title)
            if (project, title) not in self._kept_titles:
                return
            without = write(self._engine, lambda connection: self._forget(connection, project, title))
            self._kept_titles.discard((project, title))
            by_number = {one.id: one for one in without}
            newest.update({subject: by_number[one.id] for subject, one in newest.items() if one.id in by_number})
            logger.info("a page of %s that was told of was deleted: its title is forgotten", project)

    def _note_gone(self, project: str, title: str) -> None:
        """Note that a page is gone, so that an open spell does not name it again."""
        its = self._gone.setdefault(project, {})
        its.pop(title, None)
        its[title] = None
        if len(its) > _MOST_GONE:
            del its[next(iter(its))]

    def close_lost(self, until: datetime) -> list[Episode]:
        """Close episodes that got no tick for a while: they ended while nobody watched.

        Parameters
        ----------
        until
            Event time up to which all wikis were judged.
        """
        with self._lock:
            newest = self._load()
            lost = {
                subject: one
                for subject, one in newest.items()
                if one.closed_at is None and until - one.updated_at > SAME_EPISODE
            }
            for subject, one in lost.items():
                newest[subject] = write(self._engine, partial(self._lose, episode=one))
            return [newest[subject] for subject in lost]

    def read_open(self) -> list[Episode]:
        """Return the open episodes, by project."""
        return sorted((one for one in self._load().values() if one.closed_at is None), key=lambda one: one.project)

    def _load(self) -> dict[Subject, Episode]:
        if self._newest is None:
            wikis = read_newest_episodes(self._engine, self._detector)
            pages = read_recent_pages(self._engine, self._clock() - _DAY)
            self._kept_titles = read_page_titles(self._engine)
            of_pages: dict[Subject, Episode] = {
                (one.project, one.page or _NAMELESS + str(one.id)): one for one in pages
            }
            self._told = {subject: one.opened_at for subject, one in of_pages.items() if one.telling is Telling.TOLD}
            self._newest = {(project, None): one for project, one in wikis.items()}
            self._newest.update(of_pages)
        return self._newest

    def _take(self, connection: Connection, project: str, last: Episode | None, seen: Seen) -> Episode:
        if last is not None and last.closed_at is None and seen.at - last.updated_at > SAME_EPISODE:
            last = self._lose(connection, last)
        if last is not None and last.closed_at is None:
            return self._go_on(connection, last, seen)
        if last is not None and not seen.signal.busy:
            return last
        if last is not None and is_same_episode(last, seen.at):
            episode = reopen(last, seen, end_was_told=self._was_end_told(connection, last))
        else:
            detector = self._detector if seen.signal.page is None else LiveDetectorName.HOT_PAGE
            episode = open_episode(project, detector, seen)
        logger.info("%s is busy since %s, found %s", project, episode.started_at, seen.at)
        return self._tell_begin(connection, episode, seen)

    def _go_on(self, connection: Connection, episode: Episode, seen: Seen) -> Episode:
        if seen.signal.busy:
            return self._tell_begin(connection, grow(episode, seen), seen)
        return self._tell_end(connection, close(episode, seen), seen.moments.now)

    def _lose(self, connection: Connection, episode: Episode) -> Episode:
        return self._tell_end(connection, lose(episode), self._clock())

    def _tell_begin(self, connection: Connection, episode: Episode, seen: Seen) -> Episode:
        if episode.is_of_page:
            episode, news = self._look_up(episode, seen)
            if news is None:
                return save_episode(connection, episode)
            # The message of a wiki that is busy as a whole names its pages; others would use up an hour's messages.
            news = news and not self._is_busy(episode.project)
        else:
            news = None
        if episode.telling in {Telling.SILENT, Telling.HELD, Telling.MUTED}:
            muted = is_muted(connection, episode.project, seen.moments.now)
            news = is_news(seen.lately) if news is None else news
            telling = decide_begin(episode.telling, episode.opened_at, seen.moments, news=news, muted=muted)
            episode = save_episode(connection, replace(episode, telling=telling))
            if telling is Telling.TOLD:
                now = seen.moments.now
                as_now = replace(episode, rate=seen.signal.rate or episode.rate)
                message = begin_message(self._place(episode.project), as_now, now)
                self._add(connection, episode, Phase.BEGIN, message, now)
                self._told[episode.project, seen.signal.page] = episode.opened_at
            return episode
        return save_episode(connection, episode)

    def _is_busy(self, project: str) -> bool:
        episode = (self._newest or {}).get((project, None))
        return episode is not None and episode.closed_at is None and episode.telling is Telling.TOLD

    def _look_up(self, episode: Episode, seen: Seen) -> tuple[Episode, bool | None]:
        """Learn whether a page may be named; tell with it whether it is news, None where that has to wait.

        It waits a minute by the wall clock: where hours are caught up with, a minute of the stream is none.
        """
        if episode.page is None:
            return episode, False
        subject, now = (episode.project, episode.page), seen.moments.now
        may_show = self._page_titles.may_show(*subject)
        episode = replace(episode, page_shown=episode.page_shown or may_show is True)
        told_at = self._told.get(subject)
        if told_at is not None and told_at != episode.opened_at and episode.opened_at - told_at < _DAY:
            return episode, False
        if may_show is None and now - self._waiting_since.setdefault(subject, now) < _LOOKUP:
            return episode, None if seen.moments.caught_up else True
        self._waiting_since.pop(subject, None)
        return episode, True

    def _forget(self, connection: Connection, project: str, title: str) -> list[Episode]:
        without = forget_page(connection, project, title)
        for episode in without:
            place, now = self._place(project), self._clock()
            ends = (_name_end(replace(episode, reopened=times)) for times in range(episode.reopened + 1))
            messages = dict.fromkeys(ends, end_message(place, episode, now))
            messages[Phase.BEGIN] = begin_message(place, episode, now)
            for phase, message in messages.items():
                rewrite_notice(connection, NoticeKind.EPISODE, episode.subject, phase, message.to_json())
        return without

    def _tell_end(self, connection: Connection, episode: Episode, now: datetime) -> Episode:
        if episode.page is not None:
            self._waiting_since.pop((episode.project, episode.page), None)
        if not episode.page_shown:
            # It was wanted to go on after a restart.
            episode = replace(episode, page=None)
        episode = save_episode(connection, episode)
        why = episode.why or "its end was not seen"
        logger.info("%s is no longer busy since %s: %s", episode.project, episode.ended_at, why)
        if episode.telling is Telling.TOLD and not is_muted(connection, episode.project, now):
            after = episode.opened_at - _WEEK
            episodes = count_episodes(
                connection, episode.project, episode.detector, after=after, until=episode.opened_at
            )
            message = end_message(self._place(episode.project), episode, now, episodes)
            self._add(connection, episode, _name_end(episode), message, now)
        return episode

    @staticmethod
    def _was_end_told(connection: Connection, episode: Episode) -> bool:
        """Take the message of the end back; tell whether it was too late for that."""
        if episode.telling is not Telling.TOLD:
            return False
        return not withdraw_notice(connection, NoticeKind.EPISODE, episode.subject, _name_end(episode))

    def _add(self, connection: Connection, episode: Episode, phase: str, message: Message, now: datetime) -> None:
        begin = find_notice(connection, NoticeKind.EPISODE, episode.subject, Phase.BEGIN)
        # Whoever was not told of the begin is not told of the end.
        untold = begin is not None and begin.sent_at is None and begin.next_attempt_at is None
        unsendable = None if self._sendable and not untold else NO_WEBHOOK
        add_notice(
            connection, NoticeKind.EPISODE, episode.subject, phase, message.to_json(), now=now, unsendable=unsendable
        )  # fmt: skip

    def _place(self, project: str) -> Place:
        if project not in self._names:
            self._names = {wiki.project: wiki.name for wiki in load_wikis(self._engine)}
        return Place(project, self._names.get(project, project), self._explorer_url)


def _find_subject(newest: Mapping[Subject, Episode], project: str, signal: Signal) -> Subject:
    """Find what a signal is about; a hot page whose title had to be forgotten is known by the moment that opened it."""
    subject = (project, signal.page)
    if signal.page is None or signal.opened_at is None or subject in newest:
        return subject
    opened_at = moment_of(signal.opened_at)
    return next(
        (
            (where, key)
            for (where, key), one in newest.items()
            if where == project and key is not None and key.startswith(_NAMELESS) and one.opened_at == opened_at
        ),
        subject,
    )


def _name_end(episode: Episode) -> str:
    return f"{Phase.END}-{episode.reopened + 1}" if episode.reopened else Phase.END

"""The keeper of episodes: what the live detectors say becomes rows and notices, in one transaction a tick."""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from threading import Lock
from typing import Final

from sqlalchemy import Connection, Engine

from wiki_activity.domain.episodes import Episode, Telling
from wiki_activity.domain.live import LiveDetectorName, Signal, Tick
from wiki_activity.domain.notices import SAME_EPISODE, Moments, NoticeKind, Phase, decide_begin, is_same_episode
from wiki_activity.slack.live_messages import Place, begin_message, end_message
from wiki_activity.slack.message import Message
from wiki_activity.storage.database import write
from wiki_activity.storage.episode_table import count_episodes, read_newest_episodes, save_episode
from wiki_activity.storage.mutes import is_muted
from wiki_activity.storage.notices import NO_WEBHOOK, add_notice, find_notice, withdraw_notice
from wiki_activity.storage.wiki_table import load_wikis
from wiki_activity.watch.episode_growth import Seen, close, grow, lose, moment_of, open_episode, reopen
from wiki_activity.watch.signals import EpisodeContext

logger = logging.getLogger(__name__)

_WEEK: Final = timedelta(days=7)


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
    ) -> None:
        self._engine = engine
        self._detector = detector
        self._explorer_url = explorer_url
        self._sendable = sendable
        self._clock = clock
        self._wrong_seconds = wrong_seconds
        self._lock = Lock()
        self._newest: dict[str, Episode] | None = None
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
            last = newest.get(project)
            at = moment_of(tick.at)
            if last is not None and at <= last.updated_at:
                return
            if not signal.busy and (last is None or last.closed_at is not None):
                return
            seen = Seen(tick, signal, context, Moments(at, self._clock() - timedelta(seconds=self._wrong_seconds())))
            newest[project] = write(self._engine, lambda connection: self._take(connection, project, last, seen))

    def close_lost(self, until: datetime) -> list[Episode]:
        """Close episodes that got no tick for a while: they ended while nobody watched.

        Parameters
        ----------
        until
            Event time up to which all wikis were judged.
        """
        with self._lock:
            newest = self._load()
            lost = [one for one in newest.values() if one.closed_at is None and until - one.updated_at > SAME_EPISODE]
            for one in lost:
                newest[one.project] = write(self._engine, partial(self._lose, episode=one))
            return [newest[one.project] for one in lost]

    def read_open(self) -> list[Episode]:
        """Return the open episodes, by project."""
        return sorted((one for one in self._load().values() if one.closed_at is None), key=lambda one: one.project)

    def _load(self) -> dict[str, Episode]:
        if self._newest is None:
            self._newest = read_newest_episodes(self._engine, self._detector)
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
            episode = open_episode(project, self._detector, seen)
        logger.info("%s is busy since %s, found %s", project, episode.started_at, seen.at)
        return self._tell_begin(connection, episode, seen)

    def _go_on(self, connection: Connection, episode: Episode, seen: Seen) -> Episode:
        if seen.signal.busy:
            return self._tell_begin(connection, grow(episode, seen), seen)
        return self._tell_end(connection, close(episode, seen), seen.moments.now)

    def _lose(self, connection: Connection, episode: Episode) -> Episode:
        return self._tell_end(connection, lose(episode), self._clock())

    def _tell_begin(self, connection: Connection, episode: Episode, seen: Seen) -> Episode:
        if episode.telling in {Telling.SILENT, Telling.HELD, Telling.MUTED}:
            muted = is_muted(connection, episode.project, seen.moments.now)
            telling = decide_begin(episode.telling, episode.opened_at, seen.lately, seen.moments, muted=muted)
            episode = save_episode(connection, replace(episode, telling=telling))
            if telling is Telling.TOLD:
                now = seen.moments.now
                as_now = replace(episode, rate=seen.signal.rate or episode.rate)
                message = begin_message(self._place(episode.project), as_now, now)
                self._add(connection, episode, Phase.BEGIN, message, now)
            return episode
        return save_episode(connection, episode)

    def _tell_end(self, connection: Connection, episode: Episode, now: datetime) -> Episode:
        episode = save_episode(connection, episode)
        why = episode.why or "its end was not seen"
        logger.info("%s is no longer busy since %s: %s", episode.project, episode.ended_at, why)
        if episode.telling is Telling.TOLD and not is_muted(connection, episode.project, now):
            after = episode.opened_at - _WEEK
            episodes = count_episodes(connection, episode.project, self._detector, after=after, until=episode.opened_at)
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


def _name_end(episode: Episode) -> str:
    return f"{Phase.END}-{episode.reopened + 1}" if episode.reopened else Phase.END

"""Keeping the counts of days in the database, with all that a watcher needs to go on just where they end."""

import logging
import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import Engine

from wiki_activity.domain.heartbeat import WATCHER
from wiki_activity.redis_store.live_state import Days, DetectorState, Progress, Saved
from wiki_activity.redis_store.store_errors import ReplacedError
from wiki_activity.storage.day_table import KEPT, DayChanges, Holder, read_days, read_position, store_days
from wiki_activity.storage.storage_errors import LeaseLostError, WikisRenamedError
from wiki_activity.watch.coverage import list_hours
from wiki_activity.watch.day_hashtags import HashtagState
from wiki_activity.watch.live_detection import LiveDetectors
from wiki_activity.watch.title import Title
from wiki_activity.watch.window import Window

logger = logging.getLogger(__name__)

STORE_SECONDS: Final = 60.0
"""How often they are stored."""
_LINEAGE_BYTES: Final = 8
_DAY: Final = 86_400


class _State(msgspec.Struct):
    """What a watcher needs besides the counts; the rest of what Redis has begins anew."""

    progress: Progress
    ids: dict[int, list[str]]
    detectors: dict[str, DetectorState]
    hashtags: HashtagState = msgspec.field(default_factory=HashtagState)


class DayKeeper:
    """Stores counts of days, and finds where an earlier watcher left them.

    Parameters
    ----------
    engine
        A database with current tables.
    title
        Says that we are the one who watches.
    clock
        Wall clock, with its time zone.
    names_version
        Of the wikis' names by which is counted.
    """

    def __init__(self, engine: Engine, title: Title, clock: Callable[[], datetime], names_version: int = 0) -> None:
        self._engine = engine
        self._title = title
        self._clock = clock
        self._names_version = names_version
        self._hashtags: HashtagState | None = None
        self._stored_at = ""

    def choose_start(self, saved: Saved | None) -> Saved | None:
        """Choose between what Redis has and what the database has.

        Both are whole, each with its own place in the stream, so that either will do where they are of one lineage;
        Redis has more of the rest. The database's is taken where Redis is empty, has lost a part of what counts, or is
        of something else.

        Raises
        ------
        DatabaseUnreachableError
            If the database cannot be asked.
        """
        position = read_position(self._engine, WATCHER)
        if position is None:
            return saved
        try:
            state = msgspec.json.decode(position.state, type=_State)
            self._hashtags, self._stored_at = state.hashtags, position.resume_id
        except (msgspec.MsgspecError, RecursionError) as error:
            logger.warning("where the counts of days end cannot be read: %s", error)
            state = None
        is_whole = saved is not None and saved.days is not None and saved.resume_id and saved.ids
        if saved is not None and is_whole and saved.progress.days.lineage == position.lineage:
            return saved
        if state is None:
            logger.warning("the counts of days begin anew")
            return saved
        logger.warning("Redis does not have the counts of days: the watcher goes on where the database has them")
        return Saved(
            resume_id=position.resume_id,
            edits_at=None if saved is None else saved.edits_at,
            progress=state.progress,
            seconds={},
            minutes={},
            totals={} if saved is None else saved.totals,
            ids=state.ids,
            people={},
            detectors=state.detectors,
            days=self._read_days(state.progress),
        )

    def begin(self, window: Window, resume_id: str) -> None:
        """Begin counts that nobody has begun yet, and go on with hashtags.

        Parameters
        ----------
        resume_id
            Where the stream goes on.
        """
        window.days.lineage = window.days.lineage or secrets.token_hex(_LINEAGE_BYTES)
        if self._hashtags is not None:
            same_place = resume_id == self._stored_at
            window.hashtags.restore(self._hashtags, window.newest, same_place=same_place)

    def store(self, window: Window, judges: LiveDetectors, resume_id: str) -> None:
        """Store all that is counted; in one transaction.

        Raises
        ------
        DatabaseUnreachableError
            If the database is out of reach: nothing is stored, and the same may be given again.
        ReplacedError
            If another watcher has taken over.
        """
        days, now = window.days, self._clock()
        if not days.first:
            return
        # Neither clock may throw days away by itself.
        reached = min(window.closed_until, int(now.timestamp()))
        replaces = days.replaces_all
        state = _State(
            window.progress(), window.ids.list_all(), judges.list_all(), window.hashtags.describe(window.newest or 0)
        )
        hours = days.coverage.days if replaces else days.coverage.list_unstored()
        changes = DayChanges(
            counts=days.list_unstored(),
            hours=list_hours(hours),
            replaced_from=days.first if replaces else None,
            pruned_before=reached // _DAY - KEPT.days,
            resume_id=resume_id,
            state=msgspec.json.encode(state).decode(),
            lineage=days.lineage,
            hashtags=[
                (one.day, one.project, one.hashtag, one.edits, one.accounts) for one in window.hashtags.list_unstored()
            ],
        )
        try:
            store_days(self._engine, Holder(WATCHER, self._title.holder, self._names_version), changes, now)
        except LeaseLostError as error:
            raise ReplacedError(str(error)) from None
        except WikisRenamedError:
            # The session ends soon, and the next one goes on from Redis with the new names.
            return
        days.forget_stored(reached)
        window.hashtags.forget_stored(reached)

    def _read_days(self, progress: Progress) -> Days:
        return {
            day: dict(zip(projects, zip(*counts, strict=True), strict=True))
            for day, projects, *counts in read_days(self._engine, progress.days.first)
        }

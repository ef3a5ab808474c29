"""One session of watching: the watcher with everything around it, for whoever runs it."""

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from types import MappingProxyType

import redis
from sqlalchemy import Engine

from wiki_activity.domain.live_detectors import make_detector
from wiki_activity.domain.names import resolve_names
from wiki_activity.domain.wikis import Wiki
from wiki_activity.livestore.connection import Keys, connect
from wiki_activity.livestore.embedded import find_embedded
from wiki_activity.livestore.errors import LiveStoreError
from wiki_activity.livestore.reading import read_heartbeat
from wiki_activity.livestore.records import Heartbeat
from wiki_activity.livestore.rekeying import rekey
from wiki_activity.livestore.writing import LiveStore
from wiki_activity.settings import Settings
from wiki_activity.storage.errors import StorageError
from wiki_activity.storage.wiki_names import list_name_warnings, load_former_names
from wiki_activity.storage.wikis import load_wikis
from wiki_activity.watch.episodes import EpisodeKeeper
from wiki_activity.watch.listeners import Clock, LostEpisodes, Pings, Sight, Strangers
from wiki_activity.watch.names import WikiNames
from wiki_activity.watch.watcher import Watcher
from wiki_activity.wikimedia.stream import EventStream

logger = logging.getLogger(__name__)

logger = logging.getLogger(__name__)

OnBeat = Callable[[Heartbeat], None]


class NoRedisError(Exception):
    """There is no Redis to keep the live counts in."""


def find_redis_url(settings: Settings) -> str:
    """Return the address of the configured Redis, or of the embedded Valkey that runs.

    Raises
    ------
    NoRedisError
        If there is neither.
    """
    url = settings.redis_url or find_embedded(settings.state_dir)
    if url is None:
        msg = (
            f"no Redis: WIKI_ACTIVITY_REDIS_URL is not set, and no embedded Valkey runs on {settings.state_dir}; "
            "`wiki-activity up` starts one"
        )
        raise NoRedisError(msg)
    return url


def choose_judged(
    settings: Settings,
    wikis: Mapping[str, Wiki] = MappingProxyType({}),
    former: Mapping[str, str] = MappingProxyType({}),
) -> frozenset[str] | None:
    """Return the wikis to judge; None for all.

    A name that is no known wiki's is one of them all the same: there may be such a wiki since yesterday.

    Parameters
    ----------
    wikis
        The known ones, by project.
    former
        As in :func:`wiki_activity.domain.names.resolve_names`.
    """
    resolved = resolve_names(settings.live_wikis, wikis, former)
    return None if "*" in resolved.names else frozenset((*resolved.names, *(one.name for one in resolved.unknown)))


def _find_judged(settings: Settings, engine: Engine) -> frozenset[str] | None:
    """Choose the wikis to judge, and tell loudly of those that nobody knows: they would look like calm ones."""
    try:
        for warning in list_name_warnings(engine, settings):
            logger.warning(warning)
        return choose_judged(settings, {wiki.project: wiki for wiki in load_wikis(engine)}, load_former_names(engine))
    except StorageError as error:
        logger.warning("the names of the wikis to judge are taken as they are: %s", error)
        return choose_judged(settings)


def watch(
    settings: Settings,
    engine: Engine,
    redis_url: str,
    *,
    holder: str,
    stop: Callable[[], bool],
    clock: Clock,
    on_beat: OnBeat = lambda _: None,
) -> None:
    """Watch the stream until told to stop: count, judge, keep episodes, and say when nothing can be seen.

    When a wiki has moved, everything is saved, and the watch goes on with the new names where it was.

    Parameters
    ----------
    redis_url
        Where the counts go.
    holder
        Who watches, as of :func:`wiki_activity.holders.sign_lease`.
    on_beat
        Called with each heartbeat, twice a second.

    Raises
    ------
    ReplacedError
        When another watcher has taken over.
    """
    while True:
        names = WikiNames(engine, clock)
        _watch_by(names, settings, engine, redis_url, holder=holder, stop=stop, clock=clock, on_beat=on_beat)
        if stop() or not names.changed:
            return


def _watch_by(
    names: WikiNames,
    settings: Settings,
    engine: Engine,
    redis_url: str,
    *,
    holder: str,
    stop: Callable[[], bool],
    clock: Clock,
    on_beat: OnBeat,
) -> None:
    keeper = EpisodeKeeper(
        engine,
        settings.live_detector,
        explorer_url=settings.explorer_url,
        sendable=settings.slack_webhook_url is not None,
        clock=clock,
    )
    with connect(redis_url) as client, ThreadPoolExecutor(1, thread_name_prefix="ping") as executor:
        around = [
            Sight(settings, engine, clock, seen_until=_find_seen_until(client)).beat,
            LostEpisodes(keeper).beat,
            Strangers(engine, client).beat,
            names.beat,
            on_beat,
        ]
        if settings.heartbeat_url is not None:
            around.append(Pings(settings.heartbeat_url, executor).beat)

        def tell_all(heartbeat: Heartbeat) -> None:
            for listener in around:
                listener(heartbeat)

        Watcher(
            EventStream(settings.stream_url, contact=settings.contact),
            LiveStore(client, on_fenced=lambda: rekey(client, Keys(), names.projects, names.former)),
            judged=_find_judged(settings, engine),
            make_detector=lambda: make_detector(settings.live_detector, mean_gap_seconds=settings.mean_gap_seconds),
            on_signal=keeper.on_signal,
            holder=holder,
            window_seconds=settings.window_seconds,
            on_beat=tell_all,
            projects=names.projects,
        ).run(lambda: stop() or names.changed)


def _find_seen_until(client: redis.Redis) -> int | None:
    try:
        heartbeat = read_heartbeat(client)
    except LiveStoreError:
        return None
    return None if heartbeat is None else heartbeat.newest

"""One session of watching: the watcher with everything around it, for whoever runs it."""

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from types import MappingProxyType

from sqlalchemy import Engine

from wiki_activity.domain.live import Signal, Tick
from wiki_activity.domain.live_detectors import make_detector
from wiki_activity.domain.names import resolve_names
from wiki_activity.domain.wikis import Wiki
from wiki_activity.redis_store.connection import Keys, LivePlace, connect
from wiki_activity.redis_store.embedded import find_embedded, read_address
from wiki_activity.redis_store.rekeying import rekey
from wiki_activity.redis_store.shared_budget import open_budget
from wiki_activity.redis_store.store_errors import ReplacedError
from wiki_activity.redis_store.writing import RedisStore
from wiki_activity.settings import Settings
from wiki_activity.slack.client import SlackWebhook
from wiki_activity.storage.storage_errors import StorageError
from wiki_activity.storage.wiki_names import list_name_warnings, load_former_names, resolve_projects
from wiki_activity.storage.wiki_table import load_wikis
from wiki_activity.watch.content import ContentSource
from wiki_activity.watch.courier import Courier
from wiki_activity.watch.day_keeper import DayKeeper
from wiki_activity.watch.episode_keeper import EpisodeKeeper
from wiki_activity.watch.health_reading import UnreadableError, read_beat
from wiki_activity.watch.heart import Heart, Listener
from wiki_activity.watch.listeners import Clock, Lookout, LostEpisodes, Pings, StoreWatch, Strangers
from wiki_activity.watch.minute_keeper import MinuteKeeper
from wiki_activity.watch.names import WikiNames
from wiki_activity.watch.neighbours import refuse_neighbours
from wiki_activity.watch.page_titles import PageTitleSource
from wiki_activity.watch.signals import EpisodeContext
from wiki_activity.watch.title import Title
from wiki_activity.watch.vitals import Vitals
from wiki_activity.watch.watcher import Watcher
from wiki_activity.wikimedia.stream import EventStream

logger = logging.getLogger(__name__)


class NoRedisError(Exception):
    """There is no Redis to keep the live counts in."""


def find_live_place(settings: Settings) -> LivePlace:
    """Return where the live counts are: on the configured Redis, or on the embedded Valkey that runs.

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
    return LivePlace(url, Keys(f"{settings.redis_prefix}live:"))


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


def _find_judged(settings: Settings, engine: Engine, vitals: Vitals) -> frozenset[str] | None:
    """Choose the wikis to judge, and tell loudly of those that nobody knows: they would look like calm ones."""
    try:
        for warning in list_name_warnings(engine, settings):
            logger.warning(warning)
        vitals.note_unknown(tuple(one.name for one in resolve_projects(engine, settings.live_wikis).unknown))
        return choose_judged(settings, {wiki.project: wiki for wiki in load_wikis(engine)}, load_former_names(engine))
    except StorageError as error:
        logger.warning("the names of the wikis to judge are taken as they are: %s", error)
        return choose_judged(settings)


def watch(
    settings: Settings,
    engine: Engine,
    place: LivePlace,
    *,
    holder: str,
    stop: Callable[[], bool],
    clock: Clock,
    on_beat: Listener = lambda _: None,
) -> None:
    """Watch the stream until told to stop: count, judge, keep episodes, tell them, and say when nothing can be seen.

    Returns earlier where the embedded Valkey has got another address.

    When a wiki has moved, everything is saved, and the watch goes on with the new names where it was. When the database
    was put back to an older state, in which we do not watch yet, it begins anew with what that one and Redis have.

    Parameters
    ----------
    place
        Where the counts go.
    holder
        Who watches, as of :func:`wiki_activity.leases.sign_lease`.
    on_beat
        Called with a heartbeat each second, in a thread.

    Raises
    ------
    ReplacedError
        When another watcher has taken over.
    OtherInstallationError
        When the watcher of another database writes under the same names.
    """
    while True:
        names, title = WikiNames(engine, clock), Title(engine, holder)
        try:
            _watch_by(names, settings, engine, place, title=title, stop=stop, clock=clock, on_beat=on_beat)
        except ReplacedError:
            if stop() or not title.is_forgotten():
                raise
            logger.warning("the database was put back to an older state, in which others watched: beginning anew")
        else:
            if stop() or not names.changed:
                return


def _watch_by(
    names: WikiNames,
    settings: Settings,
    engine: Engine,
    place: LivePlace,
    *,
    title: Title,
    stop: Callable[[], bool],
    clock: Clock,
    on_beat: Listener,
) -> None:
    vitals = Vitals(title.holder)
    titles = PageTitleSource(settings, clock, budget=open_budget(settings, "titles"))
    keeper = EpisodeKeeper(
        engine,
        settings.live_detector,
        explorer_url=settings.explorer_url,
        sendable=settings.slack_webhook_url is not None,
        clock=clock,
        wrong_seconds=vitals.find_wrong_seconds,
        titles=titles,
    )
    courier = Courier(engine, *make_webhooks(settings), clock, settings.explorer_url)

    def keep(project: str, tick: Tick, signal: Signal, context: EpisodeContext) -> None:
        keeper.on_signal(project, tick, signal, context)
        courier.call()

    with connect(place.url) as client, ThreadPoolExecutor(1, thread_name_prefix="ping") as executor:
        refuse_neighbours(engine, client, place.keys)
        store = RedisStore(
            client, place.keys, on_fenced=lambda: rekey(client, place.keys, names.projects, names.former)
        )
        watcher = Watcher(
            EventStream(settings.stream_url, contact=settings.contact),
            store,
            title,
            vitals,
            judged=_find_judged(settings, engine, vitals),
            make_detector=lambda: make_detector(settings.live_detector, mean_gap_seconds=settings.mean_gap_seconds),
            on_signal=keep,
            on_deleted=keeper.forget_page,
            window_seconds=settings.window_seconds,
            hot_page_people=settings.hot_page_people,
            days=DayKeeper(engine, title, clock, names.version),
            projects=names.projects,
        )
        listeners = [
            Lookout(settings, engine, clock, seen_until=_find_seen_until(engine, place)).beat,
            StoreWatch(settings, engine, clock).beat,
            LostEpisodes(keeper, lambda: watcher.handed_until).beat,
            Strangers(engine, client, place.keys).beat,
            MinuteKeeper(engine, client, place.keys).beat,
            names.beat,
            on_beat,
        ]
        if settings.heartbeat_url is not None:
            listeners.append(Pings(settings.heartbeat_url, executor).beat)
        with (
            courier,
            titles,
            ContentSource(settings, engine, clock, watcher.know_content, budget=open_budget(settings, "content")),
            Heart(vitals, store, title, listeners) as heart,
        ):

            def ends() -> bool:
                heart.check()
                return stop() or names.changed or _has_moved(settings, place)

            watcher.run(ends)


def make_webhooks(settings: Settings) -> tuple[SlackWebhook | None, SlackWebhook | None]:
    """Return the webhook for readers and the one for those who keep this running; None where unset."""
    addresses = (settings.slack_webhook_url, settings.ops_webhook_url)
    readers, ops = (SlackWebhook(address) if address else None for address in addresses)
    return readers, ops


def _has_moved(settings: Settings, place: LivePlace) -> bool:
    return settings.redis_url is None and read_address(settings.state_dir) not in {"", place.url}


def _find_seen_until(engine: Engine, place: LivePlace) -> int | None:
    try:
        beat = read_beat(engine, place)
    except UnreadableError:
        return None
    return None if beat is None else beat.heartbeat.stream.newest

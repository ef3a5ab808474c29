"""Planning a refresh: which wikis, in which order, from a list of wikis that is not too old."""

import logging
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Engine

from wiki_activity.domain.names import resolve_names
from wiki_activity.domain.wikis import Wiki, is_watched, order_for_fetching
from wiki_activity.monthly.refresh_errors import NotAskedForError, UnknownWikiError
from wiki_activity.settings import PREFIX
from wiki_activity.storage.count_tables import newest_sizes
from wiki_activity.storage.renames import save_matrix
from wiki_activity.storage.wiki_names import load_former_names
from wiki_activity.storage.wiki_table import load_wikis, wikis_refreshed_at
from wiki_activity.wikimedia.answer_errors import MalformedAnswerError, WikimediaError
from wiki_activity.wikimedia.http import PoliteSession
from wiki_activity.wikimedia.site_matrix import SiteMatrix, get_site_matrix

logger = logging.getLogger(__name__)

WIKIS_MAX_AGE = timedelta(days=7)


_PLAUSIBLE_SHARE = 0.5
"""A matrix with less than this share of the open wikis that are stored is not believed."""

Tell = Callable[[str], None]
"""Says a warning where whoever started this sees it."""


def refresh_wikis(engine: Engine, session: PoliteSession, site_matrix_url: str, now: datetime) -> SiteMatrix:
    """Load the site matrix and store its public wikis, closed ones included.

    What is stored of a wiki that has moved to another address moves with it; wikis that are gone are marked so.

    Raises
    ------
    MalformedAnswerError
        When it is no site matrix, or one that names so few of the stored wikis that it cannot be whole.
    WikimediaError
        When it cannot be read; then, as always, what is stored stays.
    """
    matrix = get_site_matrix(session, site_matrix_url)
    found = sum(wiki.is_open for wiki in matrix.wikis)
    stored = sum(wiki.is_open for wiki in load_wikis(engine))
    if found < _PLAUSIBLE_SHARE * stored:
        odd = f"; left out: {matrix.describe_left_out()}" if matrix.left_out else ""
        msg = f"{site_matrix_url}: implausible: {found:,} open wikis, where {stored:,} are stored{odd}"
        raise MalformedAnswerError(msg)
    save_matrix(engine, matrix.wikis, now, unread=[what for what, _ in matrix.left_out])
    logger.info("site matrix: %d wikis, %d of them open", len(matrix.wikis), found)
    if matrix.left_out:
        logger.warning("site matrix: %d left out: %s", len(matrix.left_out), matrix.describe_left_out())
    return matrix


def ensure_wikis(
    engine: Engine,
    session: PoliteSession,
    site_matrix_url: str,
    now: datetime,
    tell: Tell = logger.warning,
    *,
    on_load: Callable[[], None] = lambda: None,
) -> list[Wiki]:
    """Return the stored wikis; load the site matrix first when there are none, or when they are over seven days old.

    An old list is better than none: where it cannot be renewed, that is told, and it is taken. Before it is loaded,
    which takes some 20 seconds where nothing answers, `on_load` is called.

    Raises
    ------
    WikimediaError
        When there is no list, and it cannot be read.
    """
    refreshed_at = wikis_refreshed_at(engine)
    if refreshed_at is None or now - refreshed_at > WIKIS_MAX_AGE:
        on_load()
        try:
            refresh_wikis(engine, session, site_matrix_url, now)
        except WikimediaError as error:
            if refreshed_at is None:
                raise
            tell(f"the list of wikis is of {refreshed_at:%Y-%m-%d} and could not be renewed: {error}")
    return load_wikis(engine)


def choose_projects(
    engine: Engine,
    wikis: Sequence[Wiki],
    watchlist: Sequence[str],
    wanted: Sequence[str] = (),
    tell: Tell = logger.warning,
) -> list[str]:
    """Choose the projects to ask for: the wanted ones, or all open wikis, in the order of fetching.

    Names on the watchlist that are no wiki's are told.

    Raises
    ------
    UnknownWikiError
        If a wanted one is no known wiki.
    """
    by_project = {wiki.project: wiki for wiki in wikis}
    former = load_former_names(engine)
    asked = resolve_names(wanted, by_project, former)
    if asked.unknown:
        raise UnknownWikiError(str(asked.unknown[0]))
    watched = resolve_names(watchlist, by_project, former)
    for warning in (*(f"{PREFIX}WATCHLIST: {one}" for one in watched.warnings), *asked.warnings):
        tell(warning)
    chosen = [wiki for wiki in wikis if is_watched(wiki, asked.names)] or [wiki for wiki in wikis if wiki.is_open]
    return [wiki.project for wiki in order_for_fetching(chosen, watched.names, newest_sizes(engine))]


def choose_accepted(
    engine: Engine, accept: Sequence[str], projects: Collection[str], tell: Tell = logger.warning
) -> list[str]:
    """Choose, of the projects that are asked for, those whose answers are taken however implausible they are.

    Parameters
    ----------
    accept
        Names of wikis and groups of them.
    projects
        All that are asked for.

    Raises
    ------
    UnknownWikiError
        If one to accept is no known wiki.
    NotAskedForError
        If one is not asked for: to accept nothing would look as if it had been accepted.
    """
    if not accept:
        return []
    wikis = load_wikis(engine)
    named = resolve_names(accept, {wiki.project: wiki for wiki in wikis}, load_former_names(engine))
    if named.unknown:
        raise UnknownWikiError(str(named.unknown[0]))
    for warning in named.warnings:
        tell(warning)
    asked = [wiki for wiki in wikis if wiki.project in projects]
    for name in named.names:
        if not any(is_watched(wiki, [name]) for wiki in asked):
            msg = (
                f"accept {name}: it is not asked for; name it among the wikis to ask for as well (--wiki, no --resume)"
            )
            raise NotAskedForError(msg)
    return [wiki.project for wiki in asked if is_watched(wiki, named.names)]

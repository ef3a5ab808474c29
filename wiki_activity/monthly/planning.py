"""Planning a refresh: which wikis, in which order, from a list of wikis that is not too old."""

import difflib
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Engine

from wiki_activity.domain.wikis import Wiki, order_for_fetching
from wiki_activity.monthly.errors import UnknownWikiError
from wiki_activity.storage.counts import newest_sizes
from wiki_activity.storage.renames import save_matrix
from wiki_activity.storage.wikis import load_wikis, wikis_refreshed_at
from wiki_activity.wikimedia.http import PoliteSession
from wiki_activity.wikimedia.site_matrix import get_site_matrix

logger = logging.getLogger(__name__)

WIKIS_MAX_AGE = timedelta(days=7)


def refresh_wikis(engine: Engine, session: PoliteSession, site_matrix_url: str, now: datetime) -> list[Wiki]:
    """Load the site matrix, store its public wikis, closed ones included, and return all that are known.

    What is stored of a wiki that has moved to another address moves with it; wikis that are gone are marked so.

    Raises
    ------
    WikimediaError
        When it cannot be read; then what is stored stays.
    """
    save_matrix(engine, get_site_matrix(session, site_matrix_url), now)
    wikis = load_wikis(engine)
    logger.info("site matrix: %d wikis, %d of them open", len(wikis), sum(wiki.is_open for wiki in wikis))
    return wikis


def ensure_wikis(engine: Engine, session: PoliteSession, site_matrix_url: str, now: datetime) -> list[Wiki]:
    """Return the stored wikis; load the site matrix first when there are none, or when they are over seven days old."""
    refreshed_at = wikis_refreshed_at(engine)
    if refreshed_at is None or now - refreshed_at > WIKIS_MAX_AGE:
        refresh_wikis(engine, session, site_matrix_url, now)
    return load_wikis(engine)


def choose_projects(
    engine: Engine, wikis: Sequence[Wiki], watchlist: Sequence[str], wanted: Sequence[str] = ()
) -> list[str]:
    """Choose the projects to ask for: the wanted ones, or all open wikis, in the order of fetching.

    Raises
    ------
    UnknownWikiError
        If a wanted one is in no site matrix.
    """
    by_project = {wiki.project: wiki for wiki in wikis}
    unknown = [project for project in wanted if project not in by_project]
    if unknown:
        near = difflib.get_close_matches(unknown[0], by_project, n=3, cutoff=0.6)
        hint = f"; did you mean {' or '.join(near)}?" if near else "; write its address, for example hi.wikipedia.org"
        msg = f"unknown wiki: {unknown[0]!r}{hint}"
        raise UnknownWikiError(msg)
    chosen = [by_project[project] for project in dict.fromkeys(wanted)] or [wiki for wiki in wikis if wiki.is_open]
    return [wiki.project for wiki in order_for_fetching(chosen, watchlist, newest_sizes(engine))]

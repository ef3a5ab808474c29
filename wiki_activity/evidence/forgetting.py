"""Forgetting pages that are gone: a wiki may have deleted one since it was told of."""

import logging
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from zlib import crc32

from sqlalchemy import Engine

from wiki_activity.evidence.asking import Wiki
from wiki_activity.storage.database import reading
from wiki_activity.storage.evidence_titles import forget_titles, list_wikis_with_evidence, read_titles
from wiki_activity.storage.renames import names_version
from wiki_activity.wikimedia.answer_errors import UnreachableError, WikimediaError

logger = logging.getLogger(__name__)

_EVERY_DAYS: Final = 28
"""So often each wiki is asked; a wiki's day follows from its name, so that no state has to be kept."""
_AT_ONCE: Final = 50
_MOST_REQUESTS: Final = 100
"""In one look."""


@dataclass(slots=True)
class Forgotten:
    """What came of a look: by wiki how many titles were forgotten, and why those of others could not be looked at."""

    titles: dict[str, int] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)
    requests: int = 0


def list_todays(engine: Engine, now: datetime) -> list[str]:
    """List the wikis whose day it is, of those of which anything is kept.

    Raises
    ------
    DatabaseUnreachableError
        If the database is out of reach.
    """
    today = now.toordinal() % _EVERY_DAYS
    return [one for one in list_wikis_with_evidence(engine) if crc32(one.encode()) % _EVERY_DAYS == today]


def forget_deleted(engine: Engine, wiki: Wiki, now: datetime) -> Forgotten:
    """Ask today's wikis which of their titles are still there, and forget the others.

    A wiki that cannot be read keeps its titles until its next day.

    Raises
    ------
    StorageError
        If the database goes away.
    WikisRenamedError
        If a wiki moved meanwhile; what was forgotten before stays so.
    """
    with reading(engine) as connection:
        names = names_version(connection)
    outcome = Forgotten()
    for project in list_todays(engine, now):
        titles = sorted(read_titles(engine, project))
        try:
            missing = _find_missing(wiki, project, titles, outcome)
        except WikimediaError as error:
            logger.warning("%s: which pages are gone is not known: %s", project, error)
            outcome.unread[project] = str(error)
            if isinstance(error, UnreachableError):
                break
            continue
        if missing:
            forget_titles(engine, project, missing, now, names=names)
            outcome.titles[project] = len(missing)
    return outcome


def _find_missing(wiki: Wiki, project: str, titles: list[str], outcome: Forgotten) -> set[str]:
    missing: set[str] = set()
    for some in (titles[at : at + _AT_ONCE] for at in range(0, len(titles), _AT_ONCE)):
        if outcome.requests >= _MOST_REQUESTS:
            break
        outcome.requests += 1
        missing |= set(some) - wiki.find_existing(project, some)
    return missing

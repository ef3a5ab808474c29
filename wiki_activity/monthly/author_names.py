"""Asking what authors of notes are called now, once a day."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine

from wiki_activity.storage.author_names import keep_author_names, list_authors
from wiki_activity.wikimedia.accounts import get_account_name
from wiki_activity.wikimedia.answer_errors import PassingError, WikimediaError
from wiki_activity.wikimedia.http import PoliteSession

logger = logging.getLogger(__name__)

_FRESH = timedelta(hours=20)
_MOST = 1_000
"""Accounts that are asked for in one go."""
_MOST_UNREAD = 3
"""So many in a row that met no answer: asking for the next one makes little sense."""


@dataclass(frozen=True, slots=True)
class NamesFound:
    """How many authors were asked for, are gone or hidden, and could not be read: what was known of those stays."""

    asked: int
    gone: int
    failed: int


def refresh_author_names(engine: Engine, session: PoliteSession, url: str, now: datetime) -> NamesFound:
    """Ask for the authors that nobody has asked for today, one request each; one that fails keeps no other waiting.

    Raises
    ------
    PassingError
        When nothing answers any more; what was learned before is kept.
    """
    asked, names = list_authors(engine, now - _FRESH, _MOST), dict[str, str | None]()
    unread = 0
    try:
        for author_id in asked:
            try:
                names[author_id] = get_account_name(session, url, author_id)
                unread = 0
            except WikimediaError as error:
                unread = unread + 1 if isinstance(error, PassingError) else 0
                if unread == min(_MOST_UNREAD, len(asked)):
                    raise
                logger.warning("what the account %s is called could not be read: %s", author_id, error)
    finally:
        keep_author_names(engine, names, now)
    gone = sum(name is None for name in names.values())
    return NamesFound(len(asked), gone, len(asked) - len(names))

"""What several commands need first: settings from the environment, a migrated database, a polite session."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import Engine

from wiki_activity.cli.logs import tell
from wiki_activity.settings import Settings, read_settings
from wiki_activity.storage.database import create_database_engine
from wiki_activity.storage.inspection import find_missing_file, has_tables
from wiki_activity.storage.migrate import migrate, require_current_schema
from wiki_activity.storage.patience import Patience
from wiki_activity.wikimedia.http import PoliteSession


def settings_from_environment() -> Settings:
    """Read the settings; the message of an error names the variable."""
    return read_settings(os.environ)


def now() -> datetime:
    """Tell the time, UTC."""
    return datetime.now(UTC)


def create_engine(settings: Settings, patience: Patience = Patience.BATCH) -> Engine:
    """Make an engine for the database."""
    return create_database_engine(settings.database_url, patience, settings.database_connections)


@contextmanager
def open_database(settings: Settings, patience: Patience = Patience.BATCH) -> Iterator[Engine]:
    """Lend an engine to the database, its tables brought up to date."""
    engine = create_engine(settings, patience)
    try:
        migrate(engine)
        yield engine
    finally:
        engine.dispose()


@contextmanager
def open_existing(settings: Settings) -> Iterator[Engine | None]:
    """Lend an engine to a database with current tables, which is only read; None where there is none yet."""
    if find_missing_file(settings.database_url) is not None:
        yield None
        return
    engine = create_engine(settings, Patience.WATCHER)
    try:
        if has_tables(engine):
            require_current_schema(engine)
            yield engine
        else:
            yield None
    finally:
        engine.dispose()


def open_session(settings: Settings) -> PoliteSession:
    """Make the polite session; without a contact, say loudly what that costs."""
    if not settings.contact:
        tell(
            "WIKI_ACTIVITY_CONTACT is not set: Wikimedia allows 10 requests a minute to those who do not say who they "
            "are, 200 to others. Set it to your e-mail address or to a page about you.",
            colour="yellow",
            level=logging.WARNING,
        )
    return PoliteSession(
        contact=settings.contact,
        per_minute=settings.pace_per_minute,
        max_connections=settings.max_connections,
    )


def tell_duration(seconds: float) -> str:
    """Say a duration for people: `45 s`, `18 min`, `6.5 h`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"

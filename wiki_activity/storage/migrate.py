"""Bring a database's tables up to date, under a lock; and refuse to work on others."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError, InvalidRequestError

from wiki_activity.storage.database import locked, more_patient, name_trouble, reading, writing
from wiki_activity.storage.driver_errors import describe, find_trouble
from wiki_activity.storage.migrations.steps import VERSION_TABLE
from wiki_activity.storage.patience import Patience
from wiki_activity.storage.storage_errors import MigrationError, SchemaNewerError, SchemaOutdatedError

_ONE_AT_A_TIME = threading.Lock()
"""Alembic's context is global to the process."""

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class MigrationReport:
    """What a migration did.

    Parameters
    ----------
    before, after
        The schema's revision; None where there was none.
    carried
        Rows carried over from each table of the earlier program.
    kept
        Tables of the earlier program that were left under another name, with the reason.
    """

    before: str | None
    after: str
    carried: dict[str, int] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)

    @property
    def changed(self) -> bool:
        """Whether there was anything to do."""
        return self.before != self.after


def migrate(engine: Engine, *, now: datetime | None = None) -> MigrationReport:
    """Bring the tables up to date; does nothing where they are, and two at once are safe.

    On SQLite all steps are one transaction. MySQL commits each change of a table, so there every step can be run again.
    A database of the earlier program is adopted: its tables are set aside, their rows carried over, and then dropped
    unless something in them could not be carried over.

    Parameters
    ----------
    engine
        Where to.
    now
        When rows that are carried over count as found, UTC; by default the clock's time.

    Raises
    ------
    MigrationError
        If a step fails; the next call goes on with it.
    SchemaNewerError
        If the tables are those of a newer program.
    DatabaseUnreachableError
        If the database cannot be opened.
    """
    head = head_revision()
    with reading(engine) as connection:
        if _read_revision(connection) == head:
            return MigrationReport(before=head, after=head)
    with _ONE_AT_A_TIME, more_patient(engine, Patience.MIGRATION) as patient, _alone(patient) as connection:
        before = _read_revision(connection)
        _refuse_newer(before, engine)
        report = MigrationReport(before=before, after=head)
        if report.changed:
            _upgrade(connection, report, now or datetime.now(UTC))
            logger.info("schema brought from %s to %s", before or "nothing", report.after)
        return report


def require_current_schema(engine: Engine) -> None:
    """Refuse to go on unless the tables are those that this program knows.

    Raises
    ------
    SchemaOutdatedError
        Naming what mends it: a command, or the newer program.
    """
    with reading(engine) as connection:
        revision = _read_revision(connection)
    if revision == head_revision():
        return
    _refuse_newer(revision, engine)
    place = describe(engine.url)
    if revision is None:
        msg = f"the database {place} has no tables of wiki_activity yet: run `wiki-activity migrate`"
    else:
        msg = f"the tables in {place} are at {revision}, not at {head_revision()}: run `wiki-activity migrate`"
    raise SchemaOutdatedError(msg)


def _refuse_newer(revision: str | None, engine: Engine) -> None:
    if revision is not None and revision not in _known_revisions():
        raise SchemaNewerError(describe(engine.url), revision)


@cache
def head_revision() -> str:
    """Return the revision that the migrations lead to."""
    return str(ScriptDirectory.from_config(_configure()).get_current_head())


@cache
def _known_revisions() -> frozenset[str]:
    return frozenset(script.revision for script in ScriptDirectory.from_config(_configure()).walk_revisions())


@contextmanager
def _alone(engine: Engine) -> Iterator[Connection]:
    if engine.dialect.name != "sqlite":
        with name_trouble(engine), engine.connect() as connection, locked(connection, "migrate"):
            connection.commit()
            yield connection
            connection.commit()
        return
    with writing(engine) as connection:
        yield connection


def _upgrade(connection: Connection, report: MigrationReport, now: datetime) -> None:
    config = _configure()
    config.attributes.update(connection=connection, report=report, now=now)
    if connection.dialect.name != "sqlite":
        # Alembic commits each step only if it is the one that began its transaction.
        connection.commit()
    try:
        command.upgrade(config, "head")
    except (CommandError, InvalidRequestError, DBAPIError) as error:
        if isinstance(error, DBAPIError) and find_trouble(error, connection.engine.url) is not None:
            raise
        msg = f"the tables in {describe(connection.engine.url)} could not be brought up to date: {error}"
        raise MigrationError(msg) from error


def _configure() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _read_revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    found = connection.execute(text(f"select version_num from {VERSION_TABLE}")).scalar()  # noqa: S608 - our own name
    return None if found is None else str(found)

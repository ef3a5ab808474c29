"""Addresses of stores, looked at before anything connects: what is wrong with one is said without any part of it.

Nothing of an address is ever repeated, since whoever forgot to escape a password may have it anywhere in there.
"""

import re
from collections.abc import Mapping
from enum import Enum, auto
from pathlib import Path
from urllib.parse import parse_qsl

DATABASE_EXAMPLES = "write sqlite:///FILE or mysql+pymysql://USER:PASSWORD@HOST/DATABASE"
REDIS_EXAMPLES = "write redis://HOST:6379/0 or redis://:PASSWORD@HOST:6379/0, or rediss:// for TLS"
_ESCAPE = (
    "in user name and password every character besides letters, digits and . _ ~ - has to be written as % and its two "
    "hexadecimal digits: %40 for @, %2F for /, %3A for :, %23 for #, %3F for ?, %25 for %"
)
_SERVER = r"(?P<host>[A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[^/]*))?"
_SQLITE = re.compile(r"sqlite(\+pysqlite)?://")
_MYSQL = re.compile(r"(mysql|mariadb)(\+pymysql)?://")
_REDIS = re.compile(r"(?P<kind>rediss?|unix)://")


class AddressError(ValueError):
    """An address that cannot be used; the message says why and how to write it, and holds no part of it."""


class _Kind(Enum):
    TEXT = auto()
    NUMBER = auto()
    SWITCH = auto()
    FILE = auto()
    FOLDER = auto()


_DATABASE_OPTIONS: Mapping[str, _Kind] = {
    "charset": _Kind.TEXT,
    "client_flag": _Kind.NUMBER,
    "connect_timeout": _Kind.NUMBER,
    "read_default_file": _Kind.FILE,
    "read_default_group": _Kind.TEXT,
    "read_timeout": _Kind.NUMBER,
    "ssl_ca": _Kind.FILE,
    "ssl_capath": _Kind.FOLDER,
    "ssl_cert": _Kind.FILE,
    "ssl_check_hostname": _Kind.SWITCH,
    "ssl_cipher": _Kind.TEXT,
    "ssl_key": _Kind.FILE,
    "unix_socket": _Kind.TEXT,
    "write_timeout": _Kind.NUMBER,
}
_REDIS_OPTIONS: Mapping[str, _Kind] = {
    "client_name": _Kind.TEXT,
    "db": _Kind.NUMBER,
    "health_check_interval": _Kind.NUMBER,
    "password": _Kind.TEXT,
    "socket_keepalive": _Kind.SWITCH,
    "username": _Kind.TEXT,
}
_REDIS_TLS_OPTIONS: Mapping[str, _Kind] = {
    **_REDIS_OPTIONS,
    "ssl_ca_certs": _Kind.FILE,
    "ssl_ca_path": _Kind.FOLDER,
    "ssl_certfile": _Kind.FILE,
    "ssl_check_hostname": _Kind.SWITCH,
    "ssl_keyfile": _Kind.FILE,
}
_INSTEAD = "for TLS write ssl_ca=FILE, with the certificates that are trusted"


def check_database_address(url: str) -> None:
    """Look at the address of a database.

    Raises
    ------
    AddressError
        If it is none, or of a kind or with options that are not supported.
    """
    if scheme := _SQLITE.match(url):
        _check_sqlite(url[scheme.end() :])
        return
    scheme = _MYSQL.match(url)
    if scheme is None:
        raise AddressError(f"not the address of a database that is supported; {DATABASE_EXAMPLES}")
    rest = url[scheme.end() :]
    _refuse_stray_signs(rest)
    server = rest.rpartition("@")[2]
    place, _, options = server.partition("?")
    found = re.fullmatch(rf"{_SERVER}(?:/(?P<database>.*))?", place)
    if found is None:
        raise AddressError(f"its host is no name or number of a host; {DATABASE_EXAMPLES}; {_ESCAPE}")
    _check_port(found["port"])
    if not re.fullmatch(r"[^/:#\\\s]+", found["database"] or ""):
        raise AddressError(f"it names no database; {DATABASE_EXAMPLES}; {_ESCAPE}")
    _check_options(options, _DATABASE_OPTIONS, _INSTEAD)


def check_redis_address(url: str) -> None:
    """Look at the address of a Redis or Valkey server.

    Raises
    ------
    AddressError
        If it is none, or of a kind or with options that are not supported.
    """
    scheme = _REDIS.match(url)
    if scheme is None:
        raise AddressError(f"not the address of a Redis server; {REDIS_EXAMPLES}")
    rest = url[scheme.end() :]
    _refuse_stray_signs(rest)
    user, at, server = rest.rpartition("@")
    if not re.fullmatch(r"[!-~]*", user) or re.search(r"[]/?#[\\]", user) or (at and "#" in server):
        raise AddressError(f"it cannot be told apart into password and host; {_ESCAPE}")
    place, _, options = server.partition("?")
    if scheme["kind"] == "unix":
        if not place.startswith("/"):
            raise AddressError("it names no socket; write unix:///PATH/OF/THE/SOCKET")
        _check_options(options, _REDIS_OPTIONS, REDIS_EXAMPLES)
        return
    found = re.fullmatch(rf"{_SERVER}(?:/(?P<number>.*))?", place)
    if found is None or not found["host"]:
        raise AddressError(f"it names no host; {REDIS_EXAMPLES}; {_ESCAPE}")
    _check_port(found["port"])
    if not re.fullmatch(r"[0-9]{0,5}", found["number"] or "", re.ASCII):
        raise AddressError(f"behind the host stands no number of a database; {REDIS_EXAMPLES}; {_ESCAPE}")
    _check_options(options, _REDIS_TLS_OPTIONS if scheme["kind"] == "rediss" else _REDIS_OPTIONS, REDIS_EXAMPLES)


def _refuse_stray_signs(rest: str) -> None:
    if rest.count("@") > 1:
        raise AddressError(f"it has more than one @; {_ESCAPE}")
    if re.search(r"[\x00-\x20\x7f]", rest):
        raise AddressError(f"it has a space or a control character; {_ESCAPE}")


def _check_sqlite(rest: str) -> None:
    if not rest.startswith("/") or rest.strip("/") in {"", ":memory:"}:
        raise AddressError("it names no file: write sqlite:///relative/file.db or sqlite:////absolute/file.db")
    if "?" in rest:
        raise AddressError("an SQLite file takes no options, and its path may have no ?: write sqlite:///FILE")


def _check_port(port: str | None) -> None:
    if port is not None and not (re.fullmatch(r"[0-9]{1,5}", port) and 0 < int(port) < 65536):
        raise AddressError(f"its port is no number from 1 to 65535; {_ESCAPE}")


def _check_options(options: str, known: Mapping[str, _Kind], instead: str) -> None:
    for name, value in parse_qsl(options, keep_blank_values=True):
        kind = known.get(name)
        if kind is None:
            raise AddressError(f"it has an option that is not known: known are {', '.join(known)}; {instead}")
        if kind is _Kind.NUMBER and not re.fullmatch(r"[0-9]{1,9}", value):
            raise AddressError(f"its option {name} must be a whole number")
        if kind is _Kind.SWITCH and value not in {"true", "false"}:
            raise AddressError(f"its option {name} must be true or false")
        if kind is _Kind.FILE and not Path(value).is_file():
            raise AddressError(f"its option {name} names no file that is there")
        if kind is _Kind.FOLDER and not Path(value).is_dir():
            raise AddressError(f"its option {name} names no folder that is there")

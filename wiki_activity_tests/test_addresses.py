"""Addresses of stores: what cannot be used is refused with the way to write it, and no part of it is told."""

import re
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.connection import parse_url
from sqlalchemy import make_url

from wiki_activity.redis_store.connection import connect
from wiki_activity.redis_store.store_errors import RedisStoreError
from wiki_activity.settings import SettingError, Settings, hide_credentials, read_settings
from wiki_activity.storage.database import create_database_engine
from wiki_activity.storage.driver_errors import describe
from wiki_activity.storage.storage_errors import DatabaseURLError


def refuse(name: str, value: str) -> str:
    """Return what is said of a setting."""
    with pytest.raises(SettingError) as caught:
        read_settings({f"WIKI_ACTIVITY_{name}": value})
    said = str(caught.value)
    assert said.startswith(f"WIKI_ACTIVITY_{name}: ")
    assert "\n" not in said
    return said


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("redis://:pa/ss@host/0", "%2F for /"),
        ("redis://:p@:/#?%&ü w@host:6379/0", "%40 for @"),
        ("redis://:s3cret#word@host/0", "%23 for #"),
        ("redis://:s3cret?word@host/0", "%3F for ?"),
        ("redis://:s3cret word@host/0", "space"),
        ("redis://:s3cret", "names no host"),
        ("redis:///0", "names no host"),
        ("host:6379", "redis://HOST"),
        ("redis+cluster://host:6379/0", "redis://HOST"),
        ("http://host:6379", "redis://HOST"),
        ("redis://host:port/0", "port"),
        ("redis://host:70000/0", "port"),
        ("redis://host:0/0", "port"),
        ("redis://host/zero", "number of a database"),
        ("redis://host/-1", "number of a database"),
        ("redis://host?db=first", "option db must be a whole number"),
        ("redis://host?socket_timeout=600", "known are client_name"),
        ("redis://host?ssl_ca_certs=/etc/hosts", "known are client_name"),
        ("rediss://host?ssl_ca_certs=/no/such/file", "option ssl_ca_certs names no file"),
        ("unix://socket", "unix:///PATH"),
    ],
)
def test_an_address_of_redis_that_cannot_be_used_is_refused_with_the_way_to_write_it(url: str, words: str) -> None:
    assert words in refuse("REDIS_URL", url)
    with pytest.raises(RedisStoreError):
        connect(url)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("activity.db", "sqlite:///FILE"),
        ("postgresql://u:s3cret@host/db", "mysql+pymysql://USER"),
        ("mysql+mysqldb://u:s3cret@host/db", "mysql+pymysql://USER"),
        ("u:s3cret@host/db", "mysql+pymysql://USER"),
        ("mysql:/u:s3cret@host/db", "mysql+pymysql://USER"),
        ("mysql://u:se@cret@host/db", "%40 for @"),
        ("mysql://u:s3cret@host:port/db", "port"),
        ("mysql://u:s3cret", "port"),
        ("mysql://u:s3cret@host", "names no database"),
        ("mysql://u:s3cret@ho st/db", "space"),
        ("mysql://u:s3cret@host/db?ssl-mode=REQUIRED", "write ssl_ca=FILE"),
        ("mysql://u:s3cret@host/db?connect_timeout=abc", "connect_timeout must be a whole number"),
        ("mysql://u:s3cret@host/db?ssl_ca=/no/such/file", "ssl_ca names no file"),
        ("mysql://u:s3cret@host/db?ssl_check_hostname=perhaps", "true or false"),
        ("mysql://u:s3cret@host/db?colour=red", "known are charset"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("sqlite://host/file", "names no file"),
        ("sqlite:////tmp/file?timeout=abc", "takes no options"),
    ],
)
def test_an_address_of_a_database_that_cannot_be_used_is_refused_with_the_way_to_write_it(url: str, words: str) -> None:
    assert words in refuse("DATABASE_URL", url)
    with pytest.raises(DatabaseURLError):
        create_database_engine(url)


@pytest.mark.parametrize(
    "url",
    [
        "redis://host",
        "redis://host:6379",
        "redis://host/0",
        "redis://[::1]:6379/3",
        "redis://:p%40ss@host/0",
        "rediss://user:pass@host:6380/0?ssl_check_hostname=false",
        "redis://my_redis:6379/?db=2",
        "unix:///tmp/redis.sock?db=1",
    ],
)
def test_a_proper_address_of_redis_is_taken(url: str) -> None:
    assert read_settings({"WIKI_ACTIVITY_REDIS_URL": url}).redis_url == url
    connect(url).close()


@pytest.mark.parametrize(
    "url",
    [
        "mysql://root@127.0.0.1/wiki",
        "mysql+pymysql://u:p%40s%2Fs@tools.db.svc.wikimedia.cloud:3306/s51__p",
        "mariadb+pymysql://u:p:w/x@[::1]:3306/db?charset=utf8mb4&ssl_check_hostname=true",
        "mysql:///wiki?unix_socket=/run/mysqld/mysqld.sock",
        "sqlite:///a folder/activity.sqlite",
        "sqlite+pysqlite:////var/lib/activity.sqlite",
    ],
)
def test_a_proper_address_of_a_database_is_taken(url: str) -> None:
    assert read_settings({"WIKI_ACTIVITY_DATABASE_URL": url}).database_url == url


_PASSWORDS = st.text(min_size=4, max_size=24).filter(lambda password: password.strip() == password)
_PATTERNS = (
    ("DATABASE_URL", "mysql://user:{}@host/db"),
    ("DATABASE_URL", "mysql+pymysql://{}@host:3306/db?ssl-mode=REQUIRED"),
    ("DATABASE_URL", "mysql://user:{}@host"),
    ("DATABASE_URL", "mysql://user:{}@host:x/db"),
    ("DATABASE_URL", "mysql://host/db?password={}"),
    ("DATABASE_URL", "mysql://host/db?{}"),
    ("DATABASE_URL", "postgresql://user:{}@host/db"),
    ("DATABASE_URL", "user:{}@host/db"),
    ("REDIS_URL", "redis://:{}@host:6379/0"),
    ("REDIS_URL", "redis://user:{}@host:6379/first"),
    ("REDIS_URL", "redis://host?{}"),
    ("REDIS_URL", "redis+cluster://:{}@host"),
    ("REDIS_URL", "unix://:{}@/tmp/socket"),
    ("REDIS_URL", ":{}@host"),
)


@given(password=_PASSWORDS, form=st.sampled_from(_PATTERNS))
def test_no_part_of_a_password_is_told(password: str, form: tuple[str, str]) -> None:
    name, pattern = form
    said, settings = _try(name, pattern.format(password))
    if settings is None:
        # The message is one of a few that are there whatever the password is: so it tells nothing of it.
        assert said in _all_messages()
        return
    if name == "DATABASE_URL":
        assert describe(make_url(settings.database_url)) in {"db on host:3306", "None on host:3306"}
    else:
        place = parse_url(str(settings.redis_url))
        assert (place.get("host"), place.get("path")) in {("host", None), (None, "/tmp/socket")}


def _try(name: str, value: str) -> tuple[str, Settings | None]:
    try:
        return "", read_settings({f"WIKI_ACTIVITY_{name}": value})
    except SettingError as error:
        return re.sub(r"option [a-z_]+", "option x", str(error)), None


@cache
def _all_messages() -> frozenset[str]:
    """Return what is said of addresses with a password of letters alone, and of those with a sign in it."""
    signs = (*"@/?#: %=&\\[", "@{")
    texts = ("aaaa", *(text for sign in signs for text in (f"a{sign}a", sign * 2, f"a{sign}", f"{sign}a")))
    said = {_try(name, pattern.format(text))[0] for name, pattern in _PATTERNS for text in texts}
    assert not any("aaaa" in message for message in said)
    return frozenset(said)


@given(password=st.text(st.characters(exclude_categories=["Z", "C"]), min_size=1))
def test_whoever_did_not_escape_the_password_of_another_address_does_not_read_it_in_a_message(password: str) -> None:
    assert hide_credentials(f"https://user:{password}@host/path") == "https://***@host/path"

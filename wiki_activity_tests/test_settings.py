"""The environment as settings: defaults, and messages that name the variable and its value."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import make_url

from wiki_activity.domain.peaks import Detector
from wiki_activity.settings import SettingError, hide_credentials, read_settings


def test_the_defaults_are_the_real_wikimedia_and_sqlite() -> None:
    settings = read_settings({})

    assert settings.metrics_url == "https://wikimedia.org/api/rest_v1/metrics"
    assert settings.site_matrix_url == "https://meta.wikimedia.org/w/api.php"
    assert settings.stream_url == "https://stream.wikimedia.org/v2/stream/recentchange"
    assert settings.state_dir == Path.cwd() / ".wiki_activity"
    assert settings.database_url == f"sqlite:///{Path.cwd() / '.wiki_activity' / 'wiki_activity.sqlite'}"
    assert settings.first_month == date(2001, 1, 1)
    assert settings.peak_detector is Detector.SEASONAL
    assert not settings.autostart


def test_without_a_contact_nine_requests_a_minute_are_sent() -> None:
    assert read_settings({}).pace_per_minute == 9
    assert read_settings({"WIKI_ACTIVITY_CONTACT": "me@example.org"}).pace_per_minute == pytest.approx(190)
    assert read_settings({"WIKI_ACTIVITY_REQUESTS_PER_MINUTE": "4"}).pace_per_minute == pytest.approx(3.8)


def test_an_empty_variable_counts_as_unset() -> None:
    assert read_settings({"WIKI_ACTIVITY_METRICS_URL": " "}).metrics_url.startswith("https://wikimedia.org")


def test_a_trailing_slash_does_not_matter() -> None:
    settings = read_settings({"WIKI_ACTIVITY_METRICS_URL": "http://127.0.0.1:8000/metrics/"})

    assert settings.metrics_url == "http://127.0.0.1:8000/metrics"


def test_the_watchlist_is_a_comma_list() -> None:
    settings = read_settings({"WIKI_ACTIVITY_WATCHLIST": "hi.wikipedia.org, lang:bn ,family:wikisource,"})

    assert settings.watchlist == ("hi.wikipedia.org", "lang:bn", "family:wikisource")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LIVE_WIKIS", "lang:bn"),
        ("WATCHLIST", "*"),
    ],
)
def test_a_group_that_a_setting_does_not_take_is_refused(name: str, value: str) -> None:
    with pytest.raises(SettingError, match=f"WIKI_ACTIVITY_{name} takes no "):
        read_settings({f"WIKI_ACTIVITY_{name}": value})


def test_what_may_be_the_name_of_a_database_or_of_nothing_is_kept_without_secrets() -> None:
    written = "Enwiki,hi.wikipedia.org:8080,https://me:secret@en.wikipedia.org"
    kept = ("enwiki", "hi.wikipedia.org:8080", "https://***@en.wikipedia.org")
    settings = read_settings({"WIKI_ACTIVITY_LIVE_WIKIS": written, "WIKI_ACTIVITY_WATCHLIST": written})

    assert (settings.live_wikis, settings.watchlist) == (kept, kept)


def test_names_of_wikis_are_taken_in_any_case() -> None:
    assert read_settings({"WIKI_ACTIVITY_LIVE_WIKIS": "De.Wikipedia.org,*"}).live_wikis == ("de.wikipedia.org", "*")


def test_names_of_wikis_are_taken_as_they_are_written_elsewhere_too() -> None:
    settings = read_settings({
        "WIKI_ACTIVITY_LIVE_WIKIS": "en.wikipedia, en.m.wikipedia.org,wikidata.org",
        "WIKI_ACTIVITY_WATCHLIST": "https://hi.wikipedia.org/wiki/,hi.wikipedia,lang:bn",
    })  # fmt: skip

    assert settings.live_wikis == ("en.wikipedia.org", "www.wikidata.org")
    assert settings.watchlist == ("hi.wikipedia.org", "lang:bn")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("METRICS_URL", "wikimedia.org"),
        ("METRICS_URL", "ftp://wikimedia.org/metrics"),
        ("STREAM_URL", "http://"),
        ("SITEMATRIX_URL", "http://host:port/"),
        ("EXPLORER_URL", "http://[::1/"),
        ("REQUESTS_PER_MINUTE", "fast"),
        ("REQUESTS_PER_MINUTE", "0"),
        ("REQUESTS_PER_MINUTE", "nan"),
        ("REQUESTS_PER_MINUTE", "inf"),
        ("MAX_CONNECTIONS", "2.5"),
        ("MAX_CONNECTIONS", "-1"),
        ("FIRST_MONTH", "2020-13"),
        ("FIRST_MONTH", "1999-01"),
        ("PEAK_DETECTOR", "magic"),
        ("PEAK_PERCENT", "-3"),
        ("AUTOSTART", "maybe"),
        ("CONTACT", "me (at home)"),
    ],
)
def test_what_cannot_be_used_is_named_with_its_value(name: str, value: str) -> None:
    with pytest.raises(SettingError) as caught:
        read_settings({f"WIKI_ACTIVITY_{name}": value})

    assert name in str(caught.value)
    assert value in str(caught.value)


@pytest.mark.parametrize("address", ["http://hooks.example.org/secret", "hooks.example.org/secret", "ftp://x/secret"])
def test_a_webhook_that_is_not_https_is_refused_without_showing_it(address: str) -> None:
    with pytest.raises(SettingError, match="SLACK_WEBHOOK_URL") as caught:
        read_settings({"WIKI_ACTIVITY_SLACK_WEBHOOK_URL": address})

    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("address", ["https://hooks.example.org/x", "http://127.0.0.1:8000/x", "http://localhost/x"])
def test_a_webhook_is_https_or_on_loopback(address: str) -> None:
    assert read_settings({"WIKI_ACTIVITY_OPS_WEBHOOK_URL": address}).ops_webhook_url == address


@pytest.mark.parametrize(
    "address",
    [
        "mysql+pymysql://root:secret@db/wiki",
        "ftp://me:secret@wikimedia.org/metrics",
        "https://me:secret@wikimedia.org:port/metrics",
        "https://me:secret@",
    ],
)
def test_the_password_in_an_address_that_is_none_is_not_shown(address: str) -> None:
    with pytest.raises(SettingError, match="METRICS_URL") as caught:
        read_settings({"WIKI_ACTIVITY_METRICS_URL": address})

    assert "secret" not in str(caught.value)


def test_users_and_passwords_are_hidden_in_every_address_of_a_text() -> None:
    text = "http://a:secret@one/x?y=1 and redis://:secret@two:6379/0, mail me@example.org"

    assert hide_credentials(text) == "http://***@one/x?y=1 and redis://***@two:6379/0, mail me@example.org"


def test_parts_of_a_stores_address_may_be_variables_of_their_own() -> None:
    settings = read_settings({
        "TOOL_TOOLSDB_USER": "s12345",
        "TOOL_TOOLSDB_PASSWORD": "p@ss/w:rd %",
        "WIKI_ACTIVITY_DATABASE_URL": (
            "mysql+pymysql://${TOOL_TOOLSDB_USER}:${TOOL_TOOLSDB_PASSWORD}@db/${TOOL_TOOLSDB_USER}__activity"
        ),
    })  # fmt: skip

    address = make_url(settings.database_url)
    assert (address.username, address.password, address.database) == ("s12345", "p@ss/w:rd %", "s12345__activity")


def test_a_variable_in_an_address_that_is_not_set_is_named() -> None:
    with pytest.raises(SettingError, match="DATABASE_URL names TOOL_TOOLSDB_USER, which is not set"):
        read_settings(
            {"WIKI_ACTIVITY_DATABASE_URL": "mysql+pymysql://${TOOL_TOOLSDB_USER}@db/x", "TOOL_TOOLSDB_USER": ""}
        )


@pytest.mark.parametrize("prefix", ["with blank", "{tag}", "é", "x" * 201, "a*"])
def test_a_prefix_that_cannot_be_one_is_refused_without_showing_it(prefix: str) -> None:
    with pytest.raises(SettingError, match="REDIS_PREFIX") as caught:
        read_settings({"WIKI_ACTIVITY_REDIS_PREFIX": prefix})

    assert prefix not in str(caught.value)


def test_a_prefix_ends_with_a_colon() -> None:
    assert read_settings({}).redis_prefix == "wiki_activity:"
    assert read_settings({"WIKI_ACTIVITY_REDIS_PREFIX": "x7f3"}).redis_prefix == "x7f3:"

import ipaddress

import pytest

from wiki_activity.explorer.configuration import Auth, ExplorerSettings, check_explorer_url, read_explorer_settings
from wiki_activity.settings import PREFIX, SettingError

KEY = "k" * 32
SECRET = "the-client-secret-itself"
PUBLIC = {"AUTH": "mediawiki", "SECRET_KEY": KEY, "OAUTH_CLIENT_ID": "id", "OAUTH_CLIENT_SECRET": SECRET}


def read(**named: str) -> ExplorerSettings:
    return read_explorer_settings({f"{PREFIX}{name}": value for name, value in named.items()})


def test_where_nothing_is_set_the_explorer_is_for_this_machine_alone() -> None:
    own = read()
    assert (own.auth, own.host, own.port) == (Auth.LOCAL, "127.0.0.1", 5000)
    assert (own.secret_keys, own.reviewers, own.trusted_proxies) == ((), frozenset(), ())


@pytest.mark.parametrize("bind", ["127.0.0.1:1", "localhost:5000", "[::1]:5000"])
def test_a_loopback_address_is_taken(bind: str) -> None:
    assert read(EXPLORER_BIND=bind).port == int(bind.rpartition(":")[2])


@pytest.mark.parametrize("bind", ["0.0.0.0:5000", "[::]:5000", "192.168.1.7:5000", "activity.example.org:80"])
def test_local_on_another_address_is_refused_with_what_to_do(bind: str) -> None:
    with pytest.raises(SettingError, match=r"must be a loopback address .*AUTH=mediawiki"):
        read(EXPLORER_BIND=bind)
    assert read(EXPLORER_BIND=bind, **PUBLIC).host in bind


@pytest.mark.parametrize("bind", ["5000", "localhost", ":5000", "localhost:port", "localhost:99999", "a:1/x", "u@a:1"])
def test_a_bind_that_is_none_is_named(bind: str) -> None:
    with pytest.raises(SettingError, match="EXPLORER_BIND must be HOST:PORT"):
        read(EXPLORER_BIND=bind)


@pytest.mark.parametrize("name", ["SECRET_KEY", "OAUTH_CLIENT_ID", "OAUTH_CLIENT_SECRET"])
def test_logins_without_what_they_need_are_refused_by_name(name: str) -> None:
    with pytest.raises(SettingError, match=f"AUTH=mediawiki needs {PREFIX}{name}$"):
        read(**{**PUBLIC, name: " "})


@pytest.mark.parametrize("keys", ["short", f"{KEY},short", f"short,{KEY}"])
def test_a_short_key_is_refused_and_not_shown(keys: str) -> None:
    with pytest.raises(SettingError, match="at least 32 characters") as caught:
        read(**{**PUBLIC, "SECRET_KEY": keys})
    assert "short" not in str(caught.value)


def test_the_first_key_comes_first() -> None:
    assert read(**{**PUBLIC, "SECRET_KEY": f" {KEY} , {'m' * 40},"}).secret_keys == (KEY, "m" * 40)


def test_secrets_are_never_shown() -> None:
    shown = repr(read(**PUBLIC))
    assert KEY not in shown
    assert SECRET not in shown


def test_proxies_are_networks() -> None:
    own = read(TRUSTED_PROXIES="10.0.0.0/8, 127.0.0.1,fd00::/8")
    assert own.trusted_proxies == tuple(map(ipaddress.ip_network, ("10.0.0.0/8", "127.0.0.1", "fd00::/8")))


@pytest.mark.parametrize("proxies", ["proxy.example", "10.0.0.1/8", "10.0.0.0/99", "*"])
def test_a_proxy_that_is_no_network_is_named(proxies: str) -> None:
    with pytest.raises(SettingError, match=r"TRUSTED_PROXIES: .* is no address or network"):
        read(TRUSTED_PROXIES=proxies)


@pytest.mark.parametrize("edits", ["-1", "many", "1.5"])
def test_min_edits_is_a_whole_number(edits: str) -> None:
    with pytest.raises(SettingError, match="MIN_EDITS"):
        read(MIN_EDITS=edits)


def test_an_unknown_auth_is_refused() -> None:
    with pytest.raises(SettingError, match="AUTH must be one of local, mediawiki"):
        read(AUTH="none")


def test_logins_do_not_go_through_the_clear() -> None:
    with pytest.raises(SettingError, match="OAUTH_URL must be https"):
        read(**PUBLIC, OAUTH_URL="http://meta.example.org/oauth2")
    own = read(**PUBLIC, OAUTH_URL="http://localhost:8080/oauth2")
    with pytest.raises(SettingError, match="EXPLORER_URL must be https"):
        check_explorer_url(own, "http://activity.example.org")
    with pytest.raises(SettingError, match="EXPLORER_URL must be scheme and host only"):
        check_explorer_url(own, "https://example.org/activity")
    for url in ("https://activity.example.org", "http://localhost:5000"):
        check_explorer_url(own, url)
    check_explorer_url(read(), "http://anything.example/path")

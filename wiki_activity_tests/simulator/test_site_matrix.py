"""The site matrix comes in both format versions."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from wiki_activity.simulator.server import SimulatorSettings, running_simulator
from wiki_activity_tests.simulator.conftest import AGENT, Clock


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running_simulator(SimulatorSettings(), Clock()) as url:
        yield url


def ask(url: str, **parameters: str) -> dict[str, Any]:
    answer = requests.get(f"{url}/w/api.php", parameters, headers={"User-Agent": AGENT}, timeout=10)
    assert answer.status_code == 200
    document: dict[str, Any] = answer.json()
    return document


def test_languages_have_numeric_keys_and_their_sites(url: str) -> None:
    matrix = ask(url, action="sitematrix", format="json", formatversion="2")["sitematrix"]
    languages = {key: value for key, value in matrix.items() if key.isdigit()}
    assert set(matrix) - set(languages) == {"count", "specials"}
    assert list(languages) == [str(place) for place in range(len(languages))]
    assert matrix["count"] == sum(len(entry["site"]) for entry in languages.values()) + len(matrix["specials"])
    [belarusian] = [entry for entry in languages.values() if entry["code"] == "be-x-old"]
    assert belarusian["localname"] == "Belarusian (Taraškievica orthography)"
    assert belarusian["dir"] == "ltr"
    assert belarusian["site"] == [
        {"url": "https://be-tarask.wikipedia.org", "dbname": "be_x_oldwiki", "code": "wiki", "sitename": "Wikipedia"}
    ]


def test_870_wikis_are_neither_closed_nor_private(url: str) -> None:
    matrix = ask(url, action="sitematrix", format="json", formatversion="2")["sitematrix"]
    sites = [site for key, entry in matrix.items() if key.isdigit() for site in entry["site"]] + matrix["specials"]
    assert len(sites) == 1010
    assert sum("closed" not in site and "private" not in site for site in sites) == 870
    assert any("fishbowl" in site for site in sites)


@pytest.mark.parametrize(("version", "flag"), [("1", ""), ("2", True)])
def test_flags_depend_on_the_format_version(url: str, version: str, flag: object) -> None:
    matrix = ask(url, action="sitematrix", format="json", formatversion=version)["sitematrix"]
    specials = {site["dbname"]: site for site in matrix["specials"]}
    assert specials["officewiki"]["private"] == flag
    assert specials["wikimania2005wiki"]["closed"] == flag
    assert "private" not in specials["commonswiki"]
    assert specials["commonswiki"]["url"] == "https://commons.wikimedia.org"


def test_the_first_format_version_is_the_default(url: str) -> None:
    asked = {"action": "sitematrix", "format": "json"}
    assert ask(url, **asked) == ask(url, **asked, formatversion="1")


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"action": "query", "format": "json"},
        {"action": "sitematrix"},
        {"action": "sitematrix", "format": "json", "formatversion": "3"},
    ],
)
def test_anything_else_is_an_error_with_status_200(url: str, parameters: dict[str, str]) -> None:
    assert ask(url, **parameters)["error"]["code"] == "badvalue"

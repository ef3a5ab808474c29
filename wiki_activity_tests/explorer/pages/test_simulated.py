"""Where Wikimedia is simulated, every page says so, and whose time it shows; where it is not, none does."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from wiki_activity.explorer.app import create_app
from wiki_activity.explorer.configuration import read_explorer_settings
from wiki_activity.settings import Settings
from wiki_activity_tests.explorer.stored import NOW

PAGES = [
    "/",
    "/p/hi.wikipedia.org",
    "/p/hi.wikipedia.org/peaks/2025-03",
    "/peaks",
    "/live",
    "/about",
    "/find",
    "/nowhere",
]


@pytest.mark.parametrize("page", PAGES)
def test_every_page_of_the_demo_says_that_its_wikis_are_simulated_and_whose_time_it_shows(
    settings: Settings, engine: Engine, page: str
) -> None:
    own = read_explorer_settings({"WIKI_ACTIVITY_SIMULATED_SPEED": "30"})
    with TestClient(create_app(settings, own, engine, lambda: NOW), base_url="http://localhost") as client:
        text = client.get(page).text

    assert "These wikis are simulated" in text
    assert "the time of the simulated stream, which runs 30 times as fast" in text


@pytest.mark.parametrize("page", PAGES)
def test_no_page_of_the_real_wikis_says_so(client: TestClient, page: str) -> None:
    assert "simulated" not in client.get(page).text


def test_the_demo_does_not_send_its_readers_to_commands_while_it_begins(
    settings: Settings, empty_engine: Engine
) -> None:
    own = read_explorer_settings({"WIKI_ACTIVITY_SIMULATED_SPEED": "30"})
    with TestClient(create_app(settings, own, empty_engine, lambda: NOW), base_url="http://localhost") as client:
        text = client.get("/").text

    assert "The demo has only begun" in text
    assert "wiki-activity refresh" not in text

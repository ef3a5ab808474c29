"""Parts of a wiki's page are kept, and yet each reader gets their own view of what is stored now."""

import re
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from wiki_activity.domain.counts import COUNT_SERIES, Metric
from wiki_activity.explorer.accounts.people import Role
from wiki_activity.explorer.app import create_app
from wiki_activity.explorer.configuration import read_explorer_settings
from wiki_activity.settings import PREFIX, read_settings
from wiki_activity.storage.refresh_leases import start_refresh
from wiki_activity_tests.explorer.accounts.conftest import person_of, public_settings
from wiki_activity_tests.explorer.stored import LAST, NOW, SHARED, annotate, restate
from wiki_activity_tests.explorer.wiki_page.reading import read_page
from wiki_activity_tests.storage.storing import hide_month_note, unhide_month_note

PROJECT = "hi.wikipedia.org"
HINDI = f"/p/{PROJECT}"
BANGLA = "bn.wikipedia.org"


class Clock:
    """A clock that can be put forward."""

    now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(engine: Engine, clock: Clock, tmp_path: Path) -> FastAPI:
    """One explorer for all readers, where people log in."""
    environment = {f"{PREFIX}{name}": value for name, value in public_settings(STATE_DIR=str(tmp_path)).items()}
    return create_app(read_settings(environment), read_explorer_settings(environment), engine, clock)


def hide(engine: Engine) -> None:
    annotate(engine, PROJECT, SHARED, "Cruel label", "Cruel lines")
    hide_month_note(engine, Metric.EDITS, PROJECT, SHARED, reason="spam", version=1, author="Rewa", now=NOW)


@pytest.mark.parametrize("first", [Role.REVIEWER, None])
def test_what_a_reviewer_sees_is_not_kept_for_others(app: FastAPI, engine: Engine, first: Role | None) -> None:
    hide(engine)
    sees = {role: "Cruel" in read_page(person_of(app, role), HINDI).source for role in (first, *Role, None)}
    again = {role: "Cruel" in read_page(person_of(app, role), HINDI).source for role in (*Role, None)}

    assert sees == again == {Role.VIEWER: False, Role.EDITOR: False, Role.REVIEWER: True, None: False}


def test_a_compared_wikis_hidden_note_is_not_kept_for_others_either(app: FastAPI, engine: Engine) -> None:
    hide(engine)
    compared = f"/p/{BANGLA}?vs={PROJECT}"

    assert "Cruel" in read_page(person_of(app, Role.REVIEWER), compared).source
    assert "Cruel" not in read_page(person_of(app, None), compared).source


def test_names_and_tokens_are_each_readers_own(app: FastAPI) -> None:
    pages = [read_page(person_of(app, role), HINDI).source for role in (Role.EDITOR, Role.EDITOR, None)]
    tokens = [re.findall(r'name="csrf-token" content="([^"]+)"', page) for page in pages]

    assert [len(one) for one in tokens] == [1, 1, 0]
    assert tokens[0] != tokens[1]
    assert ["Asha" in page for page in pages] == [True, True, False]
    assert ['id="explain-save"' in page for page in pages] == [True, True, False]
    plain = [re.sub(r'data-account="\d+"', "", page) for page in pages]
    assert plain[0].replace(tokens[0][0], "") == plain[1].replace(tokens[1][0], "")


def test_notices_belong_to_the_address_that_caused_them(client: TestClient) -> None:
    assert "There is no scale “big”" in read_page(client, f"{HINDI}?scale=big").part("notices")
    assert "There is no scale" not in read_page(client, HINDI).source


@pytest.mark.parametrize(
    "query",
    [
        "?vs=bn.wikipedia.org",
        "?vs=bn.wikipedia.org&vs=ta.wikipedia.org",
        "?vs=ta.wikipedia.org&vs=bn.wikipedia.org",
        "?from=2022-01",
        "?to=2022-01",
        "?scale=log",
        "?metric=editors",
        "?detector=rolling_mean",
        "?notes=none",
    ],
)
def test_each_state_has_parts_of_its_own(client: TestClient, query: str) -> None:
    def read(address: str) -> str:
        # The token in the head is another one each time.
        return read_page(client, address).source.partition("<main")[2]

    plain, other = read(HINDI), read(HINDI + query)

    assert other != plain
    assert read(HINDI) == plain
    assert read(HINDI + query) == other


def _unhide(engine: Engine) -> None:
    unhide_month_note(engine, Metric.EDITS, PROJECT, SHARED, reason="no spam", version=2, author="Rewa", now=NOW)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_unhide, "Cruel label"),
        (lambda engine: annotate(engine, PROJECT, date(2024, 6, 1), "Wiki loves rain"), "Wiki loves rain"),
        (lambda engine: annotate(engine, PROJECT, LAST, "Editors told", metric=Metric.EDITORS), "Editors told"),
        (lambda engine: restate(engine, PROJECT, {LAST: 77_777}, NOW.replace(hour=13)), "77.8K"),
    ],
)
def test_what_is_written_or_stored_is_on_the_next_page(
    app: FastAPI, engine: Engine, change: Callable[[Engine], object], words: str
) -> None:
    hide(engine)
    reader = person_of(app, None)
    assert words not in read_page(reader, HINDI).source

    change(engine)

    assert words in read_page(reader, HINDI).source


def test_what_is_stored_of_a_compared_wiki_is_on_the_next_page(client: TestClient, engine: Engine) -> None:
    compared = f"{HINDI}?vs={BANGLA}"
    read_page(client, compared)

    restate(engine, BANGLA, {LAST: 77_777}, NOW.replace(hour=13))

    page = read_page(client, compared)
    assert page.data("compared")[0]["series"]["counts"][-1] == 77_777
    assert "77,777" in page.part("months")


def test_a_month_that_has_ended_is_not_shown_as_unfinished(app: FastAPI, engine: Engine, clock: Clock) -> None:
    restate(engine, PROJECT, {date(2026, 10, 1): 900}, NOW)
    reader = person_of(app, None)
    assert "October 2026 is not finished" in read_page(reader, HINDI).words

    clock.now = datetime(2026, 11, 1, 0, 5, tzinfo=NOW.tzinfo)

    page = read_page(reader, HINDI)
    assert "is not finished" not in page.words
    assert page.data("wiki")["unfinished"] is False


def test_a_load_that_begins_is_told_though_the_parts_are_kept(
    client: TestClient, explorer_app: FastAPI, engine: Engine
) -> None:
    assert "Counts are being loaded" not in read_page(client, HINDI).words
    start_refresh(
        engine,
        run_id="a run",
        holder="a test",
        first=LAST,
        last=LAST,
        projects=[PROJECT],
        series=list(COUNT_SERIES),
        now=NOW,
    )
    # The same pages, asked for by another explorer's readers, whose knowledge of loads is new.
    explorer = explorer_app.state.explorer
    other = create_app(explorer.settings, explorer.own, engine, lambda: NOW)
    other.state.answers = explorer_app.state.answers

    page = read_page(TestClient(other, base_url="http://localhost"), HINDI)

    assert "Counts are being loaded: 0 of 1 wikis so far" in page.words


@pytest.mark.parametrize("tail", ["&x=" + "a" * 2000, "&x=\\"])
def test_addresses_that_lead_nowhere_after_a_login_have_pages_of_their_own(client: TestClient, tail: str) -> None:
    first, second = (client.get(f"/peaks?month={month}{tail}").text for month in ("2025-03", "2022-09"))
    assert "Peaks in March 2025" in first
    assert "Peaks in September 2022" in second
    of_hindi, of_bangla = (client.get(f"/p/{project}/peaks/2025-03?{tail}").text for project in (PROJECT, BANGLA))
    assert "Hindi Wikipedia" in of_hindi.partition("<main")[2].partition("</h1>")[0]
    assert "Bangla Wikipedia" in of_bangla.partition("<main")[2].partition("</h1>")[0]

"""The page of a busy spell: what was known of it stays, and what is missing is said."""

import re
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from wiki_activity.domain.episode_minutes import EpisodeMinutes
from wiki_activity.domain.episodes import EpisodeFacts, PageEdits
from wiki_activity.domain.live import EndReason
from wiki_activity.storage.database import writing
from wiki_activity.storage.episode_minutes import read_followed, save_minutes
from wiki_activity.storage.episode_table import save_episode
from wiki_activity_tests.explorer.live.episodes import BEGAN, make_live_episode
from wiki_activity_tests.explorer.live.hand import ENGLISH, HINDI, START, Hand
from wiki_activity_tests.explorer.live.test_pages import words_of

ENDED = BEGAN + timedelta(minutes=10)
FACTS = EpisodeFacts(
    START,
    START + 600,
    660,
    33,
    41,
    0.1,
    (PageEdits("A & <b>", 30, 12), PageEdits("Zwei", 2, 1), PageEdits("Once", 1, 1)),
)


def save(engine: Engine, **changes: object) -> int:
    over = {
        "updated_at": ENDED,
        "ended_at": ENDED,
        "closed_at": ENDED,
        "why": EndReason.USUAL_AGAIN,
        "edits": 2000,
        "facts": FACTS,
    }
    with writing(engine) as connection:
        number = save_episode(connection, make_live_episode(ENGLISH, **over | changes)).id
    assert number is not None
    return number


def keep(engine: Engine, counts: list[tuple[int, int] | None]) -> None:
    [followed] = read_followed(engine, BEGAN)
    with writing(engine) as connection:
        save_minutes(connection, [(followed, EpisodeMinutes(START - 3600, tuple(counts)), True)])


@pytest.mark.parametrize("backend", ["sqlite", "mysql"], indirect=True)
def test_a_spell_is_shown_long_after_the_live_store_has_forgotten_it(reader: TestClient, engine: Engine) -> None:
    number = save(engine)
    keep(engine, [(60, 10)] * 60 + [(250, 10)] * 10 + [None] + [(60, 10)] * 59)

    page = words_of(reader, f"/live/{ENGLISH}/episodes/{number}")

    assert "Busy spell of English Wikipedia" in page
    assert "15 Jun 2026, 12:00 UTC" in page
    assert "It took 10 min" in page
    assert "back to its usual pace" in page
    assert "240 a minute 4× the usual 60; 3.3× on average" in page
    assert "2,000 about 1,400 more than usual" in page
    assert "People 41 the busiest one made 10 % of their edits" in page
    assert "By bots 5 % of all edits" in page
    assert "Of 130 minutes 1 minute was not seen whole; the line is broken there." in page
    assert "A message was sent when it began." in page
    assert "Nobody has written what happened." in page
    html = reader.get(f"/live/{ENGLISH}/episodes/{number}").text
    assert 'href="https://en.wikipedia.org/w/index.php?title=A_%26_%3Cb%3E&amp;action=history"' in html
    assert "<bdi>A &amp; &lt;b&gt;</bdi>" in html
    assert "Once" not in html
    assert html.count("<tr><td>1") == 130
    assert f"/notes/new?project={ENGLISH}&amp;from=2026-06-15&amp;to=2026-06-15" in html
    assert re.search(r'class="line" d="M[\d.]+ [\d.]+L', html)


def test_the_api_gives_the_same(reader: TestClient, engine: Engine) -> None:
    number = save(engine)
    keep(engine, [(60, 10), None])

    whole = reader.get(f"/api/v1/episodes/{number}").json()

    assert (whole["id"], whole["page"]) == (number, f"/live/{ENGLISH}/episodes/{number}")
    assert whole["points"] == [
        {"minute": START - 3600, "edits": 60, "bots": 10},
        {"minute": START - 3540, "edits": None, "bots": None},
    ]
    assert (whole["bots_share"], whole["excess"], whole["reopened"]) == (0.05, 1400, 0)
    listed = reader.get("/api/v1/episodes").json()["items"][0]
    assert listed == {key: value for key, value in whole.items() if key not in {"points", "missing"}}


def test_of_a_spell_that_goes_on_the_newest_minutes_are_those_of_the_live_store(
    reader: TestClient, engine: Engine, hand: Hand
) -> None:
    hand.finish_minutes(70)
    hand.finish_minutes(3, en=(200, 0))
    number = save(
        engine,
        **dict.fromkeys(("ended_at", "closed_at", "why")),
        started_at=BEGAN + timedelta(minutes=70),
        opened_at=BEGAN + timedelta(minutes=71),
        updated_at=BEGAN + timedelta(minutes=73),
    )

    whole = reader.get(f"/api/v1/episodes/{number}").json()

    assert [point["edits"] for point in whole["points"]] == [60] * 60 + [200] * 3
    page = words_of(reader, f"/live/{ENGLISH}/episodes/{number}")
    assert "not yet; last seen 15 Jun 2026, 13:13 UTC" in page
    assert "It goes on: load the page again for the minutes that have passed since." in page


def test_a_spell_of_which_no_minute_is_known_says_so(reader: TestClient, engine: Engine) -> None:
    number = save(engine, facts=None, usual=None)

    page = words_of(reader, f"/live/{ENGLISH}/episodes/{number}")

    assert "The minutes around this busy spell are not known" in page
    assert "Which pages were edited is not known." in page
    assert "what is usual was not known" in page
    assert "People not known By bots not known" in page
    assert "<svg viewBox" not in reader.get(f"/live/{ENGLISH}/episodes/{number}").text.partition("<main")[2]


def test_minutes_that_are_to_come_are_said(reader: TestClient, engine: Engine, hand: Hand) -> None:
    hand.finish_minutes(30)
    number = save(engine)
    page = words_of(reader, f"/live/{ENGLISH}/episodes/{number}")
    assert "The minutes from 12:30 to 13:10 UTC are not there yet." in page


@pytest.mark.parametrize("written", ["0", "999999", "-1", "x", "1e3", "９", "9" * 40])
def test_a_number_that_is_no_spells_is_a_page_that_says_so(reader: TestClient, engine: Engine, written: str) -> None:
    save(engine)
    answer = reader.get(f"/live/{ENGLISH}/episodes/{written}")
    assert answer.status_code == 404
    assert "No such busy spell" in answer.text
    assert reader.get(f"/api/v1/episodes/{written}").status_code in {404, 422}


def test_a_spell_is_found_under_its_own_wiki_alone(reader: TestClient, engine: Engine) -> None:
    number = save(engine)
    assert reader.get(f"/live/{HINDI}/episodes/{number}").status_code == 404
    assert reader.get(f"/live/no.such.wiki/episodes/{number}").status_code == 404


def test_unknown_keys_are_left_out_of_the_address(reader: TestClient, engine: Engine) -> None:
    number = save(engine)
    answer = reader.get(f"/live/{ENGLISH}/episodes/{number}?x=1", follow_redirects=False)
    assert answer.headers["Location"] == f"/live/{ENGLISH}/episodes/{number}"

"""The page of a busy spell: what was known of it stays, and what is missing is said."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from wiki_activity.domain.episode_minutes import EpisodeMinutes
from wiki_activity.domain.episodes import EpisodeFacts, HashtagEdits, PageEdits
from wiki_activity.domain.live import EndReason, LiveDetectorName
from wiki_activity.storage.database import writing
from wiki_activity.storage.episode_minutes import read_followed, save_minutes
from wiki_activity.storage.episode_table import save_episode
from wiki_activity_tests.explorer.api.asking import write_headers
from wiki_activity_tests.explorer.links import open_link
from wiki_activity_tests.explorer.live.episodes import BEGAN, make_live_episode
from wiki_activity_tests.explorer.live.hand import ENGLISH, HINDI, START, Hand
from wiki_activity_tests.explorer.live.test_pages import words_of
from wiki_activity_tests.explorer.pages.test_previews import Head
from wiki_activity_tests.explorer.pictures.reading import SIGNATURE, read_svg, read_texts

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
    assert f"/notes/new?project={ENGLISH}&amp;from=2026-06-15&amp;to=2026-06-15&amp;episode={number}" in html
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
    assert "Did you mean" in answer.text
    assert f'<a href="/live/{ENGLISH}">' in answer.text
    assert reader.get(f"/api/v1/episodes/{written}").status_code in {404, 422}


def test_a_spell_is_found_under_its_own_wiki_alone(reader: TestClient, engine: Engine) -> None:
    number = save(engine)
    assert reader.get(f"/live/{HINDI}/episodes/{number}").status_code == 404
    assert reader.get(f"/live/no.such.wiki/episodes/{number}").status_code == 404


def test_unknown_keys_are_left_out_of_the_address(reader: TestClient, engine: Engine) -> None:
    number = save(engine)
    answer = reader.get(f"/live/{ENGLISH}/episodes/{number}?x=1", follow_redirects=False)
    assert answer.headers["Location"] == f"/live/{ENGLISH}/episodes/{number}"


def test_a_spell_has_a_picture_of_its_minutes_and_a_preview(reader: TestClient, engine: Engine) -> None:
    number = save(engine)
    keep(engine, [(60, 10)] * 60 + [(250, 10)] * 10 + [(60, 10)] * 60)
    place = f"/live/{ENGLISH}/episodes/{number}"

    root = read_svg(reader, f"{place}/chart.svg")

    texts = read_texts(root)
    assert texts[0] == "Busy spell of English Wikipedia"
    assert {"Edits without bots a minute", "usual when it began", "busy spell", "12:30"} <= set(texts)
    assert "Data: Wikimedia EventStreams, CC0 1.0. This picture: CC0 1.0." in texts
    assert texts[-1] == f"http://localhost:5000{place}"
    assert reader.get(f"{place}/chart.png").content.startswith(SIGNATURE)
    said = Head(reader.get(place).text).said
    assert said["og:title"] == "Busy spell of English Wikipedia, 15 Jun 2026, 12:00 UTC"
    assert said["og:image"] == f"http://localhost:5000{place}/chart.png"
    assert said["description"].endswith(".")
    assert f'href="{place}/chart.svg"' in reader.get(place).text


def test_the_picture_of_a_spell_says_that_no_minute_is_known_and_none_is_of_another_wiki(
    reader: TestClient, engine: Engine
) -> None:
    number = save(engine)
    texts = read_texts(read_svg(reader, f"/live/{ENGLISH}/episodes/{number}/chart.svg"))
    assert any(text.startswith("The minutes around this busy spell are not known") for text in texts)
    assert reader.get(f"/live/{HINDI}/episodes/{number}/chart.svg").status_code == 404
    assert reader.get(f"/live/{ENGLISH}/episodes/999999/chart.png").status_code == 404


def test_a_note_is_written_on_a_spell_shown_with_it_and_leads_back(
    reader: TestClient, live_app: FastAPI, engine: Engine
) -> None:
    number = save(engine)
    place = f"/live/{ENGLISH}/episodes/{number}"
    open_link(reader, live_app)
    form = reader.get(f"/notes/new?project={ENGLISH}&from=2026-06-15&to=2026-06-15&episode={number}").text
    assert f'data-episode="{number}"' in form
    assert f'href="{place}"' in form
    body = {
        "scope": {"kind": "wiki", "key": ENGLISH}, "first": "2026-06-15", "last": "2026-06-15",
        "label": "A football final", "episode_id": number,
    }  # fmt: skip

    answer = reader.post("/api/v1/notes", json=body, headers=write_headers(reader))

    assert (answer.status_code, answer.json()["episode_id"]) == (201, number)
    assert "A football final" in words_of(reader, place)
    assert f'<a href="{place}">a busy spell</a>' in reader.get(f"/notes/{answer.json()['id']}").text


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"episode_id": 999_999}, "episode_id"),
        ({"scope": {"kind": "wiki", "key": HINDI}}, "episode_id"),
        ({"scope": {"kind": "all", "key": ""}}, "episode_id"),
        ({"first": "2026-06-10", "last": "2026-06-14"}, "first"),
    ],
    ids=["none", "another wiki’s", "all wikis", "other days"],
)
def test_a_note_on_a_spell_that_is_not_of_its_wiki_and_days_is_refused(
    reader: TestClient, live_app: FastAPI, engine: Engine, *, changes: dict[str, object], field: str
) -> None:
    number = save(engine)
    open_link(reader, live_app)
    body = {
        "scope": {"kind": "wiki", "key": ENGLISH}, "first": "2026-06-15", "last": "2026-06-15",
        "label": "A football final", "episode_id": number,
    }  # fmt: skip

    answer = reader.post("/api/v1/notes", json=body | changes, headers=write_headers(reader))

    assert answer.status_code == 422
    assert [one["field"] for one in answer.json()["errors"]] == [field]
    assert reader.get("/api/v1/notes").json()["items"] == []


def test_the_form_leaves_out_a_spell_that_is_not_of_the_wiki(reader: TestClient, engine: Engine) -> None:
    number = save(engine)
    for written in (str(number), "999999", "x", "9" * 40):
        page = reader.get(f"/notes/new?project={HINDI}&from=2026-06-15&episode={written}").text
        assert "of this wiki; the note is about its days." in page
        assert 'data-episode=""' in page


PAGE: dict[str, object] = {
    "detector": LiveDetectorName.HOT_PAGE,
    "page": "A & B (film)",
    "page_shown": True,
    "usual": None,
    "edits": 60,
    "facts": EpisodeFacts(START, START + 600, 62, 2, 12, 0.0, ()),
}


def test_a_hot_page_is_shown_with_its_title_and_without_its_wikis_minutes(reader: TestClient, engine: Engine) -> None:
    number = save(engine, **PAGE)
    assert read_followed(engine, BEGAN) == []
    assert "<b>" not in reader.get(f"/live/{ENGLISH}/episodes/{number}").text
    words = words_of(reader, f"/live/{ENGLISH}/episodes/{number}")
    assert "Hot page on English Wikipedia" in words
    assert "English Wikipedia: A &amp; B (film) was hot for 10 min, 60 edits by 12 people; it is no longer" in words
    assert "Minutes are kept of whole wikis, not of single pages." in words
    assert "the busiest one made" not in words
    told = reader.get(f"/api/v1/episodes/{number}").json()
    assert (told["about"], told["title"], told["busiest_share"], told["points"]) == ("page", "A & B (film)", None, [])
    assert [(page["title"], page["edits"], page["people"]) for page in told["pages"]] == [("A & B (film)", 62, 12)]
    assert [one["about"] for one in reader.get("/api/v1/episodes").json()["items"]] == ["page"]


def test_a_title_does_not_steer_the_sentence_that_it_is_in(reader: TestClient, engine: Engine) -> None:
    number = save(engine, **PAGE | {"page": "\u202eA\u2066 B\n" + "C" * 200})
    told = reader.get(f"/api/v1/episodes/{number}").json()
    assert told["sentence"].startswith(f"English Wikipedia: A B {'C' * 76}… was hot for 10 min, ")
    assert "\u202e" not in reader.get(f"/live/{ENGLISH}/episodes/{number}").text.partition("</head>")[0]
    assert told["title"].endswith("C" * 200), "the title itself is as it is"


def test_a_hot_page_that_may_not_be_named_is_nowhere_named(reader: TestClient, engine: Engine) -> None:
    number = save(engine, **PAGE | {"page": "Zweitens", "page_shown": False})
    for address in (
        f"/live/{ENGLISH}/episodes/{number}",
        f"/api/v1/episodes/{number}",
        "/api/v1/episodes",
        f"/live/{ENGLISH}",
        f"/api/v1/live/{ENGLISH}",
        "/api/v1/live/strip",
        f"/live/{ENGLISH}/episodes/{number}/chart.svg",
    ):
        answer = reader.get(address)
        assert "Zweitens" not in answer.text, address
    assert "one page, not named" in reader.get(f"/live/{ENGLISH}").text


def test_spells_of_a_wiki_and_of_its_page_from_one_moment_are_both_in_the_list(
    reader: TestClient, engine: Engine
) -> None:
    save(engine)
    save(engine, **PAGE)
    first = reader.get("/api/v1/episodes", params={"limit": 1}).json()
    second = reader.get("/api/v1/episodes", params={"limit": 1, "cursor": first["next"]}).json()
    assert [one["items"][0]["about"] for one in (first, second)] == ["page", "wiki"]
    assert second["next"] is None


def test_the_hashtag_of_many_edits_is_shown(reader: TestClient, engine: Engine) -> None:
    number = save(engine, facts=replace(FACTS, hashtag=HashtagEdits("wpwp", 150, 40)))
    assert "#wpwp in 24 % of the edits without bots" in words_of(reader, f"/live/{ENGLISH}/episodes/{number}")
    told = reader.get(f"/api/v1/episodes/{number}").json()
    assert (told["hashtag"], told["hashtag_share"]) == ("wpwp", 0.2392)

    save(engine, facts=FACTS)
    assert "#wpwp" not in reader.get(f"/live/{ENGLISH}/episodes/{number}").text
    assert reader.get(f"/api/v1/episodes/{number}").json()["hashtag"] is None

"""`/api/v1/board`: which of some wikis stood out."""

from datetime import date
from urllib.parse import urlencode

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from wiki_activity.domain.counts import Metric
from wiki_activity_tests.explorer.counted_days import count_some_days, list_days, store
from wiki_activity_tests.explorer.stored import LAST, NOW, annotate
from wiki_activity_tests.storage.storing import hide_month_note

BOARD = "/api/v1/board"


@pytest.mark.parametrize("backend", ["sqlite", "mysql"], indirect=True)
def test_some_wikis_are_counted_and_those_that_stood_out_told(client: TestClient) -> None:
    board = client.get(f"{BOARD}?wiki=hi.wikipedia.org&wiki=lang:bn&wiki=commonswiki").json()

    assert board["month"] == "2026-09"
    assert (board["total"], board["usual"], board["unknown"]) == (4, 1, 0)
    assert board["sentence"] == "1 of 4 wikis had a usual month, 3 did not."
    assert [line["project"] for line in board["stood_out"]] == ["hi.wikipedia.org", "bn.wikipedia.org"]
    assert [line["project"] for line in board["mostly_bots"]] == ["commons.wikimedia.org"]
    line = board["stood_out"][0]
    assert (line["people_more"], line["edits_more"], line["bots_counted"]) == (2162, 56565, False)
    assert line["figures"] == [
        {"text": "+2,162 people", "times": "2.4×"},
        {"text": "+56,565 edits", "times": "2.9×"},
    ]
    assert (line["note"], line["made_of"], line["direction"]) == (None, "more people", "ltr")
    assert line["address"] == "/p/hi.wikipedia.org/peaks/2026-09?metric=people_edits"
    assert client.get(line["address"]).status_code == 200
    assert line["drawing"]["line"].startswith("M")


def test_without_names_it_is_about_all_wikis(client: TestClient) -> None:
    board = client.get(BOARD).json()

    assert board["total"] == 13
    assert board["total"] == board["usual"] + board["unknown"] + sum(
        len(board[part]) for part in ("stood_out", "small_rises", "many_wikis", "mostly_bots")
    )


def test_names_that_are_no_wikis_are_named_and_nothing_is_guessed(client: TestClient) -> None:
    board = client.get(f"{BOARD}?wiki=bangla&wiki=lang:qqq&wiki=ta.wikipedia.org").json()

    assert board["unknown_names"] == ["bangla", "lang:qqq"]
    assert (board["total"], board["usual"]) == (1, 1)
    assert client.get(f"{BOARD}?wiki=bangla").json()["sentence"] == "None of these wikis is known here."


def test_more_names_than_two_hundred_are_refused_with_a_sentence(client: TestClient) -> None:
    names = [("wiki", f"x{number}.wikipedia.org") for number in range(1000)]

    answer = client.get(f"{BOARD}?{urlencode(names)}")

    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"field": "wiki", "message": "one request may name 200 wikis; this one names 1,000"}
    ]
    assert client.get(f"{BOARD}?{urlencode(names[:200])}").status_code == 200


def test_it_is_another_answer_for_other_wikis_and_not_sent_again_for_the_same(client: TestClient) -> None:
    first = client.get(f"{BOARD}?wiki=hi.wikipedia.org&wiki=ta.wikipedia.org")
    other = client.get(f"{BOARD}?wiki=bn.wikipedia.org&wiki=ta.wikipedia.org")

    assert first.json()["stood_out"] != other.json()["stood_out"]
    again = client.get(
        f"{BOARD}?wiki=ta.wikipedia.org&wiki=hi.wikipedia.org", headers={"If-None-Match": first.headers["etag"]}
    )
    assert again.status_code == 304


def test_a_note_is_there_at_once_and_a_hidden_one_never(client: TestClient, engine: Engine) -> None:
    address = f"{BOARD}?wiki=hi.wikipedia.org"
    assert client.get(address).json()["stood_out"][0]["note"] is None
    annotate(engine, "hi.wikipedia.org", LAST, "Wiki Loves Earth")
    assert client.get(address).json()["stood_out"][0]["note"] == "Wiki Loves Earth"
    hide_month_note(engine, Metric.EDITS, "hi.wikipedia.org", LAST, version=1, author="Rewa", reason="spam", now=NOW)
    assert client.get(address).json()["stood_out"][0]["note"] is None


def test_an_empty_database_has_an_empty_board(empty_client: TestClient) -> None:
    board = empty_client.get(BOARD).json()

    assert (board["month"], board["total"], board["stood_out"]) == (None, 0, [])


def test_the_named_wikis_have_their_month_so_far_furthest_above_usual_first(client: TestClient, engine: Engine) -> None:
    address = f"{BOARD}?wiki=he.wikipedia.org&wiki=hi.wikipedia.org"
    assert client.get(address).json()["so_far"] is None
    count_some_days(engine)

    so_far = client.get(address).json()["so_far"]

    assert [line["project"] for line in so_far["lines"]] == ["hi.wikipedia.org", "he.wikipedia.org"]
    assert so_far["lines"][0]["times"] == pytest.approx(9000 * 108 / 107 / 6300, abs=0.001)
    assert so_far["lines"][1]["times"] == pytest.approx(1700 * 108 / 107 / 1530, abs=0.001)
    assert so_far["sentence"].startswith("October so far, to day 5: Hindi Wikipedia is furthest, at 1.4× ")
    assert client.get(BOARD).json()["so_far"] is None


def test_a_month_so_far_without_a_usual_says_that_it_is_not_known(client: TestClient, engine: Engine) -> None:
    days = list_days(date(2026, 10, 1), date(2026, 10, 5))
    store(engine, {"hi.wikipedia.org": dict.fromkeys(days, (10, 0, 0))}, days[0], NOW)

    so_far = client.get(f"{BOARD}?wiki=hi.wikipedia.org").json()["so_far"]

    assert so_far["sentence"] == "October so far, to day 5: what is usual by this day is not known yet."
    assert (so_far["lines"][0]["times"], so_far["lines"][0]["usual"]) == (None, "")

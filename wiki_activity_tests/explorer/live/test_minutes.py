"""Minutes are counted by event time; one that was not seen is not a minute without edits."""

from pathlib import Path

from fastapi.testclient import TestClient

from wiki_activity.explorer.live.minutes import SHOWN_MINUTES, MinuteReader, Minutes
from wiki_activity.redis_store.connection import Keys, connect
from wiki_activity_tests.explorer.live.hand import ENGLISH, HINDI, START, Hand

COUNTS = {START + 60 * place: (10, 1) for place in range(10) if place not in {4, 5}}
MINUTES = Minutes(START + 600, {ENGLISH: COUNTS}, COUNTS)


def test_a_minute_in_which_no_wiki_had_an_edit_and_those_beside_it_were_not_seen() -> None:
    known = [MINUTES.point(ENGLISH, START + 60 * place).edits for place in range(10)]

    # The first may have begun before the watcher did.
    assert known == [None, 10, 10, None, None, None, None, 10, 10, 10]


def test_a_wiki_without_edits_in_a_minute_that_was_seen_has_none() -> None:
    point = MINUTES.point(HINDI, START + 60)

    assert (point.edits, point.bots) == (0, 0)


def test_a_series_goes_on_after_a_minute_and_is_three_hours_at_most() -> None:
    assert [one.minute for one in MINUTES.series(None, START + 420)] == [START + 480, START + 540]
    assert [one.minute for one in MINUTES.series(None, START + 421)] == [START + 480, START + 540]
    assert MINUTES.series(None, START + 9000) == []
    assert len(MINUTES.series(None)) == SHOWN_MINUTES
    assert Minutes().series(None) == []


def test_what_is_read_minute_by_minute_equals_what_is_read_at_once(hand: Hand, valkey: object) -> None:
    url = valkey.connection_url  # type: ignore[attr-defined]
    step_by_step = MinuteReader(Keys())
    with connect(url) as client:
        for place in range(200):
            hand.finish_minutes(1, en=(place, place // 2), hi=(place % 3, 0))
            if place % 7 == 0:
                step_by_step.read(client, hand.until)

        gathered = step_by_step.read(client, hand.until + 30)
        at_once = MinuteReader(Keys()).read(client, hand.until)

    assert gathered == at_once
    assert gathered.until == START + 200 * 60
    assert gathered.point(ENGLISH, START + 199 * 60).bots == 99
    assert len(gathered.by_project[ENGLISH]) == SHOWN_MINUTES + 1


def test_a_gap_is_null_in_the_api_and_not_seen_on_the_page(reader: TestClient, hand: Hand) -> None:
    hand.finish_minutes(3)
    hand.pass_unseen(2)
    hand.finish_minutes(3)

    points = reader.get(f"/api/v1/live/{ENGLISH}?since={START - 60}").json()["points"]
    page = reader.get(f"/live/{ENGLISH}").text

    assert [one["edits"] for one in points] == [None, 60, None, None, None, None, 60, 60]
    assert "not seen" in page


def test_a_stream_that_begins_anew_is_read_anew(tmp_path: Path, hand: Hand, valkey: object) -> None:
    reader = MinuteReader(Keys())
    with connect(valkey.connection_url) as client:  # type: ignore[attr-defined]
        hand.finish_minutes(30)
        reader.read(client, hand.until)

        assert reader.read(client, START + 600).until == START + 600
        assert reader.read(client, START + 600).point(ENGLISH, START + 540).edits == 60

"""The usual pace on the page is the one of the detector that speaks, and of no other."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from wiki_activity.domain.burst import find_sure_rise
from wiki_activity.domain.live import LiveDetectorName
from wiki_activity.explorer.live.gauges import find_gauge, find_loudest, find_most_edited
from wiki_activity.explorer.live.live_wording import describe_gauge
from wiki_activity.explorer.live.minutes import Minutes
from wiki_activity.explorer.live.picture import Picture
from wiki_activity.redis_store.live_state import Progress, Rate
from wiki_activity.redis_store.reading import Live
from wiki_activity.settings import Settings
from wiki_activity_tests.explorer.live.hand import ENGLISH, HINDI, START

GERMAN, LATIN = "de.wikipedia.org", "la.wikipedia.org"


def rate(edits: int, bots: int = 0, usual: float | None = None) -> Rate:
    return Rate(START, 120, edits, bots, START - 120, START - 1, usual)


@pytest.fixture
def judging(settings: Settings) -> Settings:
    return replace(settings, live_wikis=(ENGLISH, HINDI, LATIN))


def picture(rates: dict[str, Rate]) -> Picture:
    minutes = {START - 60 * place: (100 + place, 5) for place in range(1, 4)}
    together = dict.fromkeys(minutes, (900, 300))
    return Picture(
        datetime.now(UTC),
        live=Live(None, Progress(newest=START, closed_until=START), {}, rates),
        minutes=Minutes(START, {GERMAN: minutes}, together),
    )


def test_burst_is_held_against_peoples_edits(judging: Settings) -> None:
    gauge = find_gauge(picture({ENGLISH: rate(220, 20, usual=0.5)}), judging, ENGLISH)

    assert (gauge.rate, gauge.usual, gauge.times) == (100, 30, pytest.approx(100 / 30))
    assert gauge.speaks_at == pytest.approx(30 * find_sure_rise(0.5))
    assert describe_gauge(gauge) == "100 edits a minute without bots: 3.3× the usual 30."


def test_the_fixed_limit_counts_all_edits_and_knows_no_usual_pace(judging: Settings) -> None:
    fixed = replace(judging, live_detector=LiveDetectorName.MEAN_GAP, mean_gap_seconds=0.03)

    gauge = find_gauge(picture({ENGLISH: rate(120, 20)}), fixed, ENGLISH)

    assert gauge.rate == pytest.approx(60 * 119 / 119)
    assert gauge.usual is None
    assert gauge.speaks_at == pytest.approx(2000)
    assert describe_gauge(gauge) == "60 edits a minute. A busy spell begins above 2,000 a minute, a fixed limit."


def test_before_the_usual_pace_is_known_that_is_said(judging: Settings) -> None:
    gauge = find_gauge(picture({ENGLISH: rate(20)}), judging, ENGLISH)

    assert gauge.times is None
    assert "What is usual is not known yet" in describe_gauge(gauge)


def test_a_judged_wiki_that_nobody_edits_has_none_unless_nobody_watched(judging: Settings) -> None:
    assert find_gauge(picture({}), judging, ENGLISH).rate == 0
    unwatched = find_gauge(Picture(datetime.now(UTC)), judging, ENGLISH)
    assert unwatched.rate is None
    assert describe_gauge(unwatched).startswith("How fast this wiki is edited is not known.")


def test_a_wiki_that_is_not_judged_shows_its_counts_and_says_so(judging: Settings) -> None:
    gauge = find_gauge(picture({}), judging, GERMAN)

    assert (gauge.judged, gauge.rate, gauge.usual) == (False, 101, None)
    assert describe_gauge(gauge).startswith("101 edits in the last full minute. This wiki is counted, not judged")


def test_all_wikis_together_have_counts_and_no_usual_pace(judging: Settings) -> None:
    gauge = find_gauge(picture({}), judging, None)

    assert gauge.rate == 900
    assert describe_gauge(gauge) == (
        "900 edits in the last full minute, on all wikis together. No usual pace is known for all of them together."
    )


def test_with_a_star_all_wikis_are_judged(settings: Settings) -> None:
    everything = replace(settings, live_wikis=("*",))

    assert find_gauge(picture({GERMAN: rate(20, usual=0.1)}), everything, GERMAN).judged


def test_the_loudest_are_furthest_above_usual_and_tiny_wikis_do_not_shout(judging: Settings) -> None:
    seen = picture({ENGLISH: rate(120, usual=0.5), HINDI: rate(40, usual=0.05), LATIN: rate(9, usual=0.001)})

    assert [one.project for one in find_loudest(seen, judging)] == [HINDI, ENGLISH]
    assert [(one.project, one.rate) for one in find_most_edited(seen, judging)] == [(GERMAN, 101)]

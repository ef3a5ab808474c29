from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiki_activity.domain.episodes import Episode, EpisodeFacts, Telling
from wiki_activity.domain.live import EndReason, LiveDetectorName
from wiki_activity.domain.notices import (
    DurationError,
    Moments,
    NoticeKind,
    decide_begin,
    decide_end,
    is_news,
    is_same_episode,
    parse_duration,
)

NOW = datetime(2026, 10, 3, 14, 2, tzinfo=UTC)
OPEN = Episode(
    project="en.wikipedia.org",
    detector=LiveDetectorName.BURST,
    opened_at=NOW,
    started_at=NOW - timedelta(seconds=40),
    updated_at=NOW,
    rate=3.0,
    usual=1.2,
    edits=120,
    telling=Telling.TOLD,
)


def facts(edits: int = 30, people: int = 3, bot_edits: int = 0) -> EpisodeFacts:
    return EpisodeFacts(0, 300, edits + bot_edits, bot_edits, people, 0.5, ())


def decide(
    telling: Telling = Telling.SILENT,
    opened: timedelta = timedelta(0),
    lag: timedelta = timedelta(0),
    *,
    muted: bool = False,
    looked: EpisodeFacts | None = None,
) -> Telling:
    """Decide at `NOW`, of an episode opened so long ago, from a tick so long ago."""
    return decide_begin(telling, NOW - opened, Moments(NOW - lag, NOW), news=is_news(looked or facts()), muted=muted)


@pytest.mark.parametrize(
    ("edits", "people", "bot_edits", "news"),
    [(30, 3, 0, True), (29, 3, 0, False), (30, 2, 0, False), (20, 3, 500, False), (500, 1, 0, False)],
)
def test_thirty_edits_by_three_people_are_news(edits: int, people: int, bot_edits: int, news: bool) -> None:
    assert is_news(facts(edits, people, bot_edits)) is news


def test_what_is_no_news_stays_silent_until_it_is() -> None:
    assert decide(looked=facts(8, 1)) is Telling.SILENT
    assert decide(opened=timedelta(hours=2)) is Telling.TOLD


def test_what_is_found_while_catching_up_is_held_until_the_present_is_reached() -> None:
    assert decide(lag=timedelta(seconds=61)) is Telling.HELD
    assert decide(Telling.HELD, opened=timedelta(minutes=20), lag=timedelta(minutes=5)) is Telling.HELD
    assert decide(Telling.HELD, opened=timedelta(minutes=20), lag=timedelta(seconds=60)) is Telling.TOLD
    # It was news once, whatever it has become.
    assert decide(Telling.HELD, opened=timedelta(minutes=20), looked=facts(0, 0)) is Telling.TOLD


def test_a_begin_found_over_an_hour_late_waits_for_the_digest() -> None:
    assert decide(Telling.HELD, opened=timedelta(minutes=60)) is Telling.TOLD
    assert decide(Telling.HELD, opened=timedelta(minutes=61)) is Telling.DIGEST


def test_a_muted_wiki_is_not_told_of_until_the_mute_is_over() -> None:
    assert decide(muted=True) is Telling.MUTED
    assert decide(Telling.MUTED, opened=timedelta(minutes=10)) is Telling.TOLD


def test_a_simulation_that_runs_ahead_of_the_clock_is_the_present() -> None:
    assert decide(lag=-timedelta(hours=9), opened=-timedelta(hours=9)) is Telling.TOLD


@given(
    st.sampled_from([Telling.TOLD, Telling.DIGEST, Telling.DIGESTED, Telling.RECOVERY]),
    st.timedeltas(timedelta(0), timedelta(days=2)),
    st.timedeltas(timedelta(0), timedelta(days=2)),
    st.booleans(),
)
def test_what_is_decided_stays_so(telling: Telling, opened: timedelta, lag: timedelta, muted: bool) -> None:
    assert decide(telling, opened, lag, muted=muted) is telling


def test_what_was_over_when_it_was_found_is_a_line_in_the_recovery() -> None:
    assert decide_end(Telling.HELD) is Telling.RECOVERY
    assert [decide_end(one) for one in Telling if one is not Telling.HELD] == [
        one for one in Telling if one is not Telling.HELD
    ]


@pytest.mark.parametrize(
    ("minutes", "why", "same"),
    [
        (15, EndReason.USUAL_AGAIN, True),
        (16, EndReason.USUAL_AGAIN, False),
        (15, EndReason.FEED_SILENT, True),
        (1, EndReason.NEW_USUAL_LEVEL, False),
    ],
)
def test_a_spell_that_opens_soon_after_its_end_is_the_same(minutes: int, why: EndReason, same: bool) -> None:
    ended = replace(OPEN, ended_at=NOW, closed_at=NOW + timedelta(minutes=1), why=why)
    assert is_same_episode(ended, NOW + timedelta(minutes=minutes)) is same


def test_an_open_episode_has_no_end_to_follow() -> None:
    assert not is_same_episode(OPEN, NOW)


def test_an_episode_tells_its_averages_from_start_to_end() -> None:
    ended = replace(OPEN, ended_at=OPEN.started_at + timedelta(minutes=10), edits=1800)
    assert ended.times == pytest.approx(2.5)
    assert ended.average_times == pytest.approx(2.5)
    assert ended.excess == pytest.approx(1800 - 720)
    unknown = replace(ended, usual=None)
    assert (unknown.times, unknown.average_times, unknown.excess) == (None, None, None)


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("30m", timedelta(minutes=30)),
        ("24h", timedelta(hours=24)),
        (" 7 D ", timedelta(days=7)),
        ("90min", timedelta(minutes=90)),
    ],
)
def test_durations_are_read(text: str, duration: timedelta) -> None:
    assert parse_duration(text) == duration


@pytest.mark.parametrize("text", ["", "24", "h", "0h", "-1h", "400d", "1.5h", "1w", "99999d"])
def test_what_is_no_duration_is_refused_with_its_text(text: str) -> None:
    with pytest.raises(DurationError, match=r"not a duration: .*24h"):
        parse_duration(text)


def test_those_who_keep_it_running_hear_of_the_watcher_of_runs_and_of_stores() -> None:
    assert [kind for kind in NoticeKind if kind.for_ops] == [NoticeKind.WATCHER, NoticeKind.RUN, NoticeKind.STORE]
    assert [kind for kind in NoticeKind if kind.is_live] == [NoticeKind.EPISODE]

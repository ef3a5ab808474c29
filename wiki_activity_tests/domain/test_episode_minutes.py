"""Minutes around an episode: written and read back, only ever added to, and from when to when they go."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiki_activity.domain.episode_minutes import (
    EpisodeMinutes,
    begin_minutes,
    decode_minutes,
    encode_minutes,
    find_last_end,
    find_span,
)
from wiki_activity.domain.episodes import Episode, Telling
from wiki_activity.domain.live import LiveDetectorName

AT = datetime(2026, 10, 3, 14, 2, 50, tzinfo=UTC)
OPEN = Episode("en.wikipedia.org", LiveDetectorName.BURST, AT, AT, AT, 2.0, 1.0, 9, Telling.TOLD)
COUNTS = st.none() | st.tuples(st.integers(0, 10**9), st.integers(0, 10**9))


def test_counts_are_written_in_few_characters() -> None:
    minutes = EpisodeMinutes(60, ((12, 3), (4, 0), None, (0, 0)))
    assert encode_minutes(minutes) == "12/3 4 - 0"
    assert decode_minutes(60, "12/3 4 - 0") == minutes
    assert decode_minutes(60, "") == EpisodeMinutes(60)


@given(st.lists(COUNTS))
def test_what_was_written_is_read_as_it_was(counts: list[tuple[int, int] | None]) -> None:
    minutes = EpisodeMinutes(120, tuple(counts))
    assert decode_minutes(120, encode_minutes(minutes)) == minutes


@pytest.mark.parametrize("text", ["x", "1/x", "3 ?"])
def test_what_is_no_such_string_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        decode_minutes(0, text)


def test_minutes_are_only_ever_added() -> None:
    minutes = EpisodeMinutes(60, ((1, 0),))
    longer = minutes.extend(240, {60: (9, 9), 120: (2, 1)})
    assert list(longer) == [(60, (1, 0)), (120, (2, 1)), (180, None)]
    assert longer.extend(240, {180: (5, 5)}) == longer
    assert longer.extend(60, {}) == longer


def test_they_go_from_an_hour_before_the_start_to_an_hour_after_the_end_in_whole_minutes() -> None:
    assert begin_minutes(AT).first == int(datetime(2026, 10, 3, 13, 2, tzinfo=UTC).timestamp())
    assert find_last_end(AT) == int(datetime(2026, 10, 3, 15, 3, tzinfo=UTC).timestamp())
    assert find_last_end(AT.replace(second=0)) == int(datetime(2026, 10, 3, 15, 2, tzinfo=UTC).timestamp())
    closed = replace(OPEN, closed_at=AT + timedelta(minutes=5), ended_at=AT + timedelta(minutes=2))
    assert find_span(closed, 0) == (begin_minutes(AT).first, find_last_end(AT + timedelta(minutes=2)))
    now = int(AT.timestamp()) + 100
    assert find_span(OPEN, now) == (begin_minutes(AT).first, now - now % 60)

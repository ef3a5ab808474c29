from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiki_activity.slack.lines import Line, bold, join, link, moment, page_address, sentences, time_span, words
from wiki_activity.slack.slack_wording import about, duration, gap, ordinal, percent

AT = datetime(2026, 10, 3, 14, 2, tzinfo=UTC)


def test_what_slack_gives_a_meaning_is_escaped_in_blocks_alone() -> None:
    assert words("R&B <!channel> a > b") == Line("R&amp;B &lt;!channel&gt; a &gt; b", "R&B <!channel> a > b")


@given(st.text())
def test_no_text_can_become_a_link_or_call_people(text: str) -> None:
    line = bold(text)
    assert not set("<>") & set(line.mrkdwn)
    assert "\n" not in line.mrkdwn
    linked = link("https://example.org/", text).mrkdwn
    assert (linked.count("<"), linked.count(">"), linked.count("|")) == (1, 1, 1)


def test_direction_overrides_and_controls_are_taken_out() -> None:
    assert words("a\u202eb\u2066c\nd\x00e").plain == "abc d e"


def test_a_link_tells_its_label_alone_in_plain_text() -> None:
    assert link("https://example.org/?a=1&b=2", "A|B & C") == Line(
        "<https://example.org/?a=1&amp;b=2|A¦B &amp; C>", "A|B & C"
    )


def test_times_are_in_the_readers_zone_with_utc_to_fall_back_on() -> None:
    assert moment(AT) == Line("<!date^1791036120^{time}|14:02 UTC>", "14:02 UTC")
    assert moment(AT, with_day=True) == Line(
        "<!date^1791036120^{date_short_pretty} {time}|3 Oct 14:02 UTC>", "3 Oct 14:02 UTC"
    )


def test_a_span_tells_the_day_where_it_is_another_one() -> None:
    assert time_span(AT, AT.replace(minute=31)).plain == "14:02–14:31 UTC"
    assert time_span(AT, AT.replace(hour=15), with_day=True).plain == "3 Oct 14:02–15:02 UTC"
    assert time_span(AT, AT.replace(day=4), with_day=True).plain == "3 Oct 14:02–4 Oct 14:02 UTC"


def test_lines_add_up_and_empty_ones_are_left_out() -> None:
    assert "a & " + words("b") + " c" == Line("a &amp; b c", "a & b c")
    assert sentences("One.", "", Line(), "Two.").plain == "One. Two."
    assert join("\n", [words("a"), words("b")]).mrkdwn == "a\nb"


def test_titles_are_quoted_in_addresses() -> None:
    assert page_address("hi.wikipedia.org", "AC/DC: <a> & b?") == (
        "https://hi.wikipedia.org/wiki/AC/DC:_%3Ca%3E_%26_b%3F"
    )


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(50, "50 s"), (89, "89 s"), (90, "2 min"), (1740, "29 min"), (3600, "1 h"), (4800, "1 h 20 min"),
     (200_000, "2 days")],
)  # fmt: skip
def test_durations_are_said_as_people_do(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_figures_are_no_more_exact_than_they_are() -> None:
    assert [about(value) for value in (2667, 94.7, 7, 1_234_567)] == ["2,700", "95", "7", "1,200,000"]
    assert [percent(share) for share in (0, 0.004, 0.06, 1)] == ["0 %", "under 1 %", "6 %", "100 %"]
    assert [gap(rate) for rate in (2.88, 0.083, 0.005, 33.4)] == ["0.35 s", "12 s", "3 min", "0.03 s"]
    assert [ordinal(n) for n in (2, 10, 11, 21, 112)] == ["Second", "Tenth", "11th", "21st", "112th"]

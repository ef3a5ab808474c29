from dataclasses import replace
from datetime import date

import pytest

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.digest import Digest, DigestDecision, decide_on_digest, summarize_month
from wiki_activity.domain.peaks import Detector, Kind, Peak

OCTOBER = date(2026, 10, 1)
PEAK = Peak(
    metric=Metric.PEOPLE_EDITS,
    project="a",
    month=OCTOBER,
    detector=Detector.SEASONAL,
    value=300.0,
    expected=100.0,
    threshold=200.0,
    score=5.0,
    kind=Kind.MORE_PEOPLE,
    outcome=None,
    shared=False,
    starts_episode=True,
)
BOTS = replace(PEAK, metric=Metric.EDITS, kind=Kind.BOT_RUN, score=9.0)
KNOWN = tuple("abcdefgh")


def summarize(
    *peaks: Peak,
    watchlist: tuple[str, ...] | None = None,
    unread: tuple[str, ...] = (),
    detector: Detector = Detector.SEASONAL,
) -> Digest:
    return summarize_month(OCTOBER, peaks, detector, known=KNOWN, unread=unread, watchlist=watchlist)


@pytest.mark.parametrize(
    ("last", "missing", "decision"),
    [
        (None, 0, DigestDecision.NOTE),
        (date(2026, 10, 1), 0, DigestDecision.NOTHING),
        (date(2026, 11, 1), 0, DigestDecision.NOTHING),
        (date(2026, 9, 1), 0, DigestDecision.MAKE),
        (date(2026, 9, 1), 10, DigestDecision.MAKE),
        (date(2026, 9, 1), 11, DigestDecision.WAIT),
        (date(2026, 7, 1), 0, DigestDecision.MAKE),
        (date(2026, 6, 1), 0, DigestDecision.NOTE),
    ],
)
def test_only_a_newly_published_month_is_news(last: date | None, missing: int, decision: DigestDecision) -> None:
    assert decide_on_digest(OCTOBER, last, 100, missing) is decision


def test_a_calm_month() -> None:
    digest = summarize()
    assert (digest.wikis, digest.stood_out, digest.as_usual) == (8, (), 8)


def test_those_that_stood_out_come_furthest_above_usual_first() -> None:
    peaks = [replace(PEAK, project=name, score=score) for name, score in (("a", 4.0), ("b", 8.0), ("c", None))]
    digest = summarize(*peaks)
    assert [peak.project for peak in digest.stood_out] == ["b", "a", "c"]
    assert digest.as_usual == 5


def test_each_wiki_speaks_once_by_its_peoples_edits_first() -> None:
    editors, total = replace(PEAK, metric=Metric.EDITORS), replace(PEAK, metric=Metric.EDITS)
    assert summarize(total, editors, PEAK).stood_out == (PEAK,)
    assert summarize(total, editors).stood_out == (editors,)
    assert summarize(total).stood_out == (total,)


def test_the_rolling_mean_speaks_by_the_total() -> None:
    people, total = (
        replace(PEAK, metric=metric, detector=Detector.ROLLING_MEAN) for metric in (Metric.PEOPLE_EDITS, Metric.EDITS)
    )
    assert summarize(people, total, detector=Detector.ROLLING_MEAN).stood_out == (total,)
    assert summarize(people, detector=Detector.ROLLING_MEAN).stood_out == ()


def test_only_the_speaking_detector_and_the_month_itself_count() -> None:
    other = replace(PEAK, detector=Detector.ROLLING_MEAN)
    assert summarize(other, replace(PEAK, month=date(2026, 9, 1))).stood_out == ()


def test_bot_runs_are_counted_and_not_listed() -> None:
    digest = summarize(BOTS)
    assert (digest.stood_out, digest.bot_runs, digest.as_usual) == ((), 1, 8)
    assert summarize(BOTS, PEAK).stood_out == (PEAK,)
    assert summarize(BOTS, PEAK).bot_runs == 0


def test_what_began_in_an_earlier_month_is_not_told_again() -> None:
    digest = summarize(replace(PEAK, starts_episode=False))
    assert (digest.stood_out, digest.still_up, digest.as_usual) == ((), 1, 7)


def test_a_watchlist_is_told_of_its_own_and_how_many_elsewhere() -> None:
    peaks = [replace(PEAK, project=name) for name in "abc"]
    digest = summarize(*peaks, watchlist=("a", "d", "e"), unread=("e", "h"))
    assert (digest.watched, digest.wikis, digest.elsewhere, digest.unread) == (True, 3, 2, ("e",))
    assert [peak.project for peak in digest.stood_out] == ["a"]
    assert digest.as_usual == 1


def test_what_could_not_be_read_is_counted_even_where_nothing_is_known() -> None:
    digest = summarize(unread=("x",))
    assert (digest.wikis, digest.unread, digest.as_usual) == (9, ("x",), 8)


def test_a_shared_month_is_one_for_everybody() -> None:
    assert summarize(replace(PEAK, shared=True), watchlist=("h",)).shared
    assert not summarize(replace(BOTS, shared=True)).shared

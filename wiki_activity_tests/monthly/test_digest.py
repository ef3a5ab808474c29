"""The digest is made once, of a newly published month, and of nothing else."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Engine

from wiki_activity.domain.counts import MonthlyCounts, Series
from wiki_activity.domain.daily_history import DayRange
from wiki_activity.domain.data_annotations import AnnotatedMetric, DataAnnotation
from wiki_activity.domain.digest import DigestDecision
from wiki_activity.domain.episodes import Episode, Telling
from wiki_activity.domain.live import LiveDetectorName
from wiki_activity.domain.months import list_months, shift_month
from wiki_activity.domain.peaks import Detector
from wiki_activity.domain.provisional import ProvisionalMonth
from wiki_activity.domain.retention import Retention, Stayed, Window
from wiki_activity.domain.wikis import Wiki
from wiki_activity.monthly.digest import FIRST_LOAD, make_digest
from wiki_activity.monthly.peak_refresh import refresh_peaks
from wiki_activity.storage.calendar_table import SourceState, store_annotations
from wiki_activity.storage.database import writing
from wiki_activity.storage.episode_table import read_episodes, save_episode
from wiki_activity.storage.notices import NO_WEBHOOK, Notice, read_notices
from wiki_activity.storage.peak_table import read_peaks
from wiki_activity.storage.provisional_table import keep_provisional
from wiki_activity.storage.retention_table import store_retention
from wiki_activity.storage.wiki_table import save_wikis
from wiki_activity_tests.storage.storing import store_counts

FIRST, APRIL, MAY, JUNE = date(2020, 1, 1), date(2024, 4, 1), date(2024, 5, 1), date(2024, 6, 1)
NOW = datetime(2024, 6, 9, 12, tzinfo=UTC)
HINDI, BENGALI, ENGLISH = "hi.wikipedia.org", "bn.wikipedia.org", "en.wikipedia.org"
NAMES = {HINDI: "Hindi Wikipedia", BENGALI: "Bangla Wikipedia", ENGLISH: "English Wikipedia"}
LATE = Episode(
    project=ENGLISH,
    detector=LiveDetectorName.BURST,
    opened_at=NOW - timedelta(days=9),
    started_at=NOW - timedelta(days=9),
    updated_at=NOW - timedelta(days=9),
    rate=3.0,
    usual=1.2,
    edits=1000,
    telling=Telling.DIGEST,
    closed_at=NOW - timedelta(days=9) + timedelta(minutes=9),
    ended_at=NOW - timedelta(days=9) + timedelta(minutes=9),
)


def store(
    engine: Engine, last: date, projects: tuple[str, ...] = tuple(NAMES), registered: int | None = None, **spikes: int
) -> None:
    """Store calm counts to a month, with a spike in it where a project's language is named, and judge them.

    Registered editors who are no bots, where there are any, are 600 and in the last month `registered`.
    """
    matrix = [
        Wiki(project, project[:2], "wikipedia", project[:2], name, name, "ltr", closed=False)
        for project, name in NAMES.items()
    ]
    save_wikis(engine, matrix, NOW)
    for project in projects:
        counts = {month: 1000 + at % 3 for at, month in enumerate(list_months(FIRST, last))}
        edits = counts | ({last: spikes[project[:2]]} if project[:2] in spikes else {})
        with writing(engine) as connection:
            answers: dict[Series, MonthlyCounts] = {
                Series.EDITS: edits,
                Series.USER_EDITS: edits,
                Series.ANONYMOUS_EDITS: dict.fromkeys(counts, 0),
                Series.EDITORS: counts,
            }
            if registered is not None:
                answers[Series.USER_EDITORS] = {month: registered if month == last else 600 for month in counts}
            store_counts(connection, project, answers, FIRST, last, NOW)
    refresh_peaks(engine, 30, NOW)


def make(engine: Engine, *watchlist: str, sendable: bool = True) -> DigestDecision:
    return make_digest(
        engine, detector=Detector.SEASONAL, watchlist=watchlist, explorer_url="http://x", sendable=sendable, now=NOW
    )


def read(engine: Engine) -> list[Notice]:
    return read_notices(engine)[::-1]


def text(engine: Engine) -> str:
    told: str = json.loads(read(engine)[-1].body)["text"]
    return told


def test_nothing_stored_is_no_news(engine: Engine) -> None:
    assert make(engine) is DigestDecision.NOTHING
    assert read(engine) == []


def test_a_first_load_is_remembered_and_never_sent(engine: Engine) -> None:
    store(engine, MAY, hi=9000)
    assert [make(engine), make(engine)] == [DigestDecision.NOTE, DigestDecision.NOTHING]
    assert [(one.subject, one.error, one.next_attempt_at) for one in read(engine)] == [("2024-05", FIRST_LOAD, None)]


def test_a_newly_published_month_is_told_once(engine: Engine) -> None:
    store(engine, APRIL)
    make(engine)
    store(engine, MAY, hi=9000)
    assert [make(engine), make(engine)] == [DigestDecision.MAKE, DigestDecision.NOTHING]
    assert [(one.subject, one.next_attempt_at) for one in read(engine)] == [("2024-04", None), ("2024-05", NOW)]
    assert text(engine) == (
        "May 2024, 3 wikis: 1 stood out, 2 as usual.\n"
        "• Hindi Wikipedia: 9× expected, 9,000 edits without bots against 1,001. "
        "The same people, many edits: 1,001 editors."
    )


def annotate(engine: Engine, day: date, *metrics: AnnotatedMetric) -> None:
    found = {one: [DataAnnotation(one, day, "Outage", "Edits are missing.")] for one in metrics}
    store_annotations(engine, found, SourceState(NOW, NOW, None), NOW)


def test_of_a_month_whose_counts_are_faulty_no_peak_is_told_and_that_is_said(engine: Engine) -> None:
    store(engine, APRIL)
    make(engine)
    annotate(engine, date(2024, 5, 17), AnnotatedMetric.EDITS, AnnotatedMetric.EDITORS)
    store(engine, MAY, hi=9000)
    assert make(engine) is DigestDecision.MAKE
    assert text(engine) == (
        "May 2024, 3 wikis: 0 stood out, 2 as usual, 1 not told.\n"
        "Counts of this month are faulty, as Wikistats says, and 1 wiki is not told for that: Outage."
    )
    assert make(engine) is DigestDecision.NOTHING


def test_a_fault_of_another_month_or_of_other_figures_keeps_no_peak_back(engine: Engine) -> None:
    store(engine, APRIL)
    make(engine)
    annotate(engine, date(2024, 4, 30), AnnotatedMetric.EDITS)
    annotate(engine, date(2024, 5, 17), AnnotatedMetric.NEW_ACCOUNTS)
    store(engine, MAY, hi=9000)
    make(engine)
    assert "Hindi Wikipedia: 9× expected" in text(engine)
    assert "faulty" not in text(engine)


def test_a_fault_that_is_known_only_after_the_digest_takes_nothing_back(engine: Engine) -> None:
    store(engine, APRIL)
    make(engine)
    store(engine, MAY, hi=9000)
    make(engine)
    annotate(engine, date(2024, 5, 17), AnnotatedMetric.EDITS)
    assert make(engine) is DigestDecision.NOTHING


def test_people_are_those_that_the_kind_was_judged_by(engine: Engine) -> None:
    store(engine, APRIL, registered=600)
    make(engine)
    store(engine, MAY, registered=9000, hi=9000)
    make(engine)
    assert text(engine).endswith("More people than usual: 9,000 editors who are registered and no bots.")


def test_restated_months_are_no_news(engine: Engine) -> None:
    store(engine, MAY)
    make(engine)
    store(engine, MAY, hi=9000)
    assert make(engine) is DigestDecision.NOTHING


def test_what_goes_on_is_not_told_again(engine: Engine) -> None:
    store(engine, APRIL)
    make(engine)
    store(engine, MAY, hi=9000)
    make(engine)
    store(engine, JUNE, projects=(BENGALI, ENGLISH))
    with writing(engine) as connection:
        store_counts(connection, HINDI, {Series.EDITS: {JUNE: 9000}, Series.USER_EDITS: {JUNE: 9000},
                                         Series.ANONYMOUS_EDITS: {JUNE: 0}}, JUNE, JUNE, NOW)  # fmt: skip
    refresh_peaks(engine, 30, NOW)
    assert make(engine) is DigestDecision.MAKE
    assert text(engine) == "June 2024, 3 wikis: 0 stood out, 1 still does, 2 as usual."


def test_a_month_of_which_most_is_missing_waits(engine: Engine) -> None:
    store(engine, APRIL)
    make(engine)
    store(engine, MAY, projects=(HINDI,), hi=9000)
    assert make(engine) is DigestDecision.WAIT
    store(engine, MAY, hi=9000)
    assert make(engine) is DigestDecision.MAKE


def test_years_that_are_loaded_later_are_no_news(engine: Engine) -> None:
    store(engine, shift_month(MAY, -12))
    make(engine)
    store(engine, MAY, hi=9000)
    assert make(engine) is DigestDecision.NOTE


def test_a_watchlist_is_told_of_its_own(engine: Engine) -> None:
    store(engine, APRIL)
    make(engine)
    store(engine, MAY, hi=9000, bn=9000)
    make(engine, HINDI, "lang:en")
    assert text(engine).startswith("May 2024, your 2 wikis: 1 stood out, 1 as usual.\n• Hindi Wikipedia: 9×")
    assert text(engine).endswith("\nElsewhere 1 wiki stood out.")


def test_spells_that_were_seen_too_late_are_told_with_it_once(engine: Engine) -> None:
    still_open = replace(LATE, project=HINDI, closed_at=None, ended_at=None)
    with writing(engine) as connection:
        save_episode(connection, LATE)
        save_episode(connection, still_open)
    store(engine, APRIL)
    make(engine)
    store(engine, MAY)
    make(engine)
    assert text(engine).endswith("too late to tell: English Wikipedia 1.5×, 31 May 12:00–12:09 UTC.")
    assert {one.project: one.telling for one in read_episodes(engine)} == {
        ENGLISH: Telling.DIGESTED,
        HINDI: Telling.DIGEST,
    }


def test_without_a_webhook_it_is_kept_and_marked(engine: Engine) -> None:
    store(engine, APRIL)
    make(engine)
    store(engine, MAY)
    make(engine, sendable=False)
    assert [one.error for one in read(engine)] == [FIRST_LOAD, NO_WEBHOOK]


def test_a_month_that_was_told_and_has_changed_materially_is_told_again_once(engine: Engine) -> None:
    store(engine, APRIL)
    make(engine)
    store(engine, MAY, hi=9000, bn=5000)
    make(engine)
    store(engine, MAY, hi=4000, en=6000)
    assert [make(engine), make(engine)] == [DigestDecision.CORRECT, DigestDecision.NOTHING]
    assert [(one.subject, one.phase) for one in read(engine)][-1] == ("2024-05", "correction")
    assert text(engine) == (
        "A correction of May 2024: Wikimedia has changed its counts since we told of it.\n"
        "• English Wikipedia: 6× expected, 6,000 edits without bots against 1,001. "
        "The same people, many edits: 1,001 editors. Not told before.\n"
        "• Hindi Wikipedia: 4× expected, 4,000 edits without bots against 1,001. "
        "The same people, many edits: 1,001 editors. We had told 9× expected.\n"
        "• Bangla Wikipedia: does not stand out any more. We had told 5× expected."
    )


def test_each_further_change_is_a_correction_of_its_own(engine: Engine) -> None:
    store(engine, APRIL)
    make(engine)
    store(engine, MAY, hi=9000)
    make(engine)
    for edits in (6000, 3000):
        store(engine, MAY, hi=edits)
        assert make(engine) is DigestDecision.CORRECT
    assert [one.phase for one in read(engine)] == ["digest", "digest", "correction", "correction-2"]


def test_a_small_change_and_one_of_an_older_month_are_not_told(engine: Engine) -> None:
    store(engine, APRIL)
    make(engine)
    store(engine, MAY, hi=9000)
    make(engine)
    store(engine, MAY, hi=8000)
    assert make(engine) is DigestDecision.NOTHING
    store(engine, JUNE, hi=9000)
    make(engine)
    with writing(engine) as connection:
        answers = {series: {MAY: 9000} for series in (Series.EDITS, Series.USER_EDITS)}
        store_counts(connection, ENGLISH, answers, MAY, MAY, NOW)
    refresh_peaks(engine, 30, NOW)
    assert make(engine) is DigestDecision.NOTHING


def test_a_watchlist_is_corrected_for_its_own_wikis_alone(engine: Engine) -> None:
    store(engine, APRIL)
    make(engine, HINDI)
    store(engine, MAY, hi=9000)
    make(engine, HINDI)
    store(engine, MAY, hi=9000, en=6000)
    assert make(engine, HINDI) is DigestDecision.NOTHING
    assert make(engine, HINDI, ENGLISH) is DigestDecision.NOTHING
    store(engine, MAY, en=6000)
    assert make(engine, HINDI) is DigestDecision.CORRECT


def test_a_first_load_is_not_corrected(engine: Engine) -> None:
    store(engine, MAY)
    make(engine)
    store(engine, MAY, hi=9000)
    assert make(engine) is DigestDecision.NOTHING


def test_a_provisional_month_is_told_to_nobody_until_it_is_complete(engine: Engine) -> None:
    store(engine, APRIL)
    make(engine)
    keep_provisional(engine, ProvisionalMonth(MAY, 1, 10, 0, NOW, NOW), NOW)
    store(engine, MAY, hi=9000)
    assert read_peaks(engine, month=MAY) == []
    assert make(engine) is DigestDecision.NOTHING
    keep_provisional(engine, None, NOW)
    refresh_peaks(engine, 30, NOW)
    assert make(engine) is DigestDecision.MAKE


def test_a_month_that_was_told_and_turns_provisional_is_not_corrected_meanwhile(engine: Engine) -> None:
    store(engine, APRIL)
    make(engine)
    store(engine, MAY, hi=9000)
    make(engine)
    keep_provisional(engine, ProvisionalMonth(MAY, 1, 10, 0, NOW, NOW), NOW)
    store(engine, MAY)
    assert make(engine) is DigestDecision.NOTHING
    assert [one.phase for one in read(engine)] == ["digest", "digest"]


def test_who_stayed_of_a_month_that_was_told_is_said_three_months_later(engine: Engine) -> None:
    february, days = date(2024, 2, 1), DayRange(date(2024, 2, 1), date(2024, 2, 29))
    store(engine, shift_month(february, -1))
    make(engine)
    store(engine, february, hi=9000)
    make(engine)
    found, few = Stayed(212, 31, 9), Stayed(9, 3, 1)
    for project, accounts, one in ((HINDI, 212, found), (BENGALI, 212, found), (ENGLISH, 9, few)):
        stayed = [Retention(project, days, window, accounts, found=one, usual=found) for window in Window]
        store_retention(engine, (project, days), stayed, (), now=NOW, names=0)
    for month in (date(2024, 3, 1), APRIL, MAY):
        store(engine, month)
        make(engine)

    assert "still edited" not in json.loads(read(engine)[-2].body)["text"]
    assert text(engine).endswith(
        "Hindi Wikipedia: 31 of 212 accounts made here in February 2024 still edited 60 to 90 days after (15 %), "
        "9 with five edits or more; usual 15 %."
    )
    assert "Bangla" not in text(engine), "of which nobody was told"

"""Wikis that move, swap and vanish, and months that are published in part: `refresh` against a simulated Wikimedia."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import update

from wiki_activity.domain.counts import COUNT_SERIES, Metric, Series
from wiki_activity.domain.months import format_month, newest_ended_month, shift_month
from wiki_activity.domain.note_text import NoteKind, NoteText
from wiki_activity.storage.database import writing
from wiki_activity.storage.note_reading import read_notes
from wiki_activity.storage.notices import read_notices
from wiki_activity.storage.peak_table import read_peaks
from wiki_activity.storage.schema import wikis
from wiki_activity_tests.cli.commands import run
from wiki_activity_tests.cli.simulated import Simulated, simulating
from wiki_activity_tests.cli.stored import count_revised, opened, read_all
from wiki_activity_tests.storage.storing import write_month_note

pytestmark = pytest.mark.slow

DANISH, NEW = "da.wikipedia.org", "da-dk.wikipedia.org"
NOW = datetime.now(UTC)
LAST = shift_month(newest_ended_month(NOW), -1)
NEXT = newest_ended_month(NOW)


@pytest.fixture
def place(environment: dict[str, str], url: str) -> dict[str, str]:
    """An environment with a database on either backend."""
    return environment | {"WIKI_ACTIVITY_DATABASE_URL": url}


def refresh(place: dict[str, str], simulated: Simulated, *arguments: str) -> None:
    ended = run(place | simulated.environment, "refresh", *arguments)
    assert ended.code == 0, ended.err


def age_the_site_matrix(url: str) -> None:
    """Let the list of wikis be so old that the next refresh reads it again."""
    with opened(url) as engine, writing(engine) as connection:
        connection.execute(update(wikis).values(refreshed_at=NOW - timedelta(days=8)))


def write_note(url: str, project: str) -> None:
    text = NoteText("Contest", "", None, NoteKind.EVENT)
    with opened(url) as engine:
        write_month_note(engine, Metric.EDITS, project, LAST, text, version=0, author="A", now=NOW)


def test_a_wiki_that_has_moved_keeps_its_counts_peaks_and_notes(place: dict[str, str], url: str) -> None:
    with simulating(wikis=30) as simulated:
        refresh(place, simulated)
        before = read_all(url)
        wiki = sorted(before[Series.EDITS])[5]
        write_note(url, wiki)
        with opened(url) as engine:
            peaks = {(peak.metric, peak.month, peak.detector) for peak in read_peaks(engine, project=wiki)}
        assert peaks
        simulated.change(faults={"moved_wikis": [f"{wiki}=moved.wikipedia.org"]})
        age_the_site_matrix(url)
        refresh(place, simulated)
        asked = {one.project for one in simulated.asked()[-30 * len(COUNT_SERIES) :]}
    after = read_all(url)
    assert {series: counts | {"moved.wikipedia.org": counts[wiki]} for series, counts in before.items()} == {
        series: counts | {wiki: before[series][wiki]} for series, counts in after.items()
    }
    assert wiki not in after[Series.EDITS]
    assert count_revised(url) == 0
    assert ("moved.wikipedia.org" in asked, wiki in asked) == (True, False)
    with opened(url) as engine:
        moved = read_peaks(engine, project="moved.wikipedia.org")
        assert {(peak.metric, peak.month, peak.detector) for peak in moved} == peaks
        [note] = read_notes(engine)
        assert (note.project, note.month) == ("moved.wikipedia.org", LAST)
        assert read_peaks(engine, project=wiki) == []


def test_wikis_that_swap_their_addresses_keep_what_is_theirs(place: dict[str, str], url: str) -> None:
    with simulating(wikis=30) as simulated:
        refresh(place, simulated)
        before = read_all(url)
        one, other = sorted(before[Series.EDITS])[5:7]
        simulated.change(faults={"moved_wikis": [f"{one}={other}", f"{other}={one}"]})
        age_the_site_matrix(url)
        refresh(place, simulated)
    after = read_all(url)
    for series in COUNT_SERIES:
        assert after[series] == before[series] | {one: before[series][other], other: before[series][one]}
    assert count_revised(url) == 0


def test_wikis_gone_from_the_site_matrix_are_asked_no_more_until_they_are_back(place: dict[str, str], url: str) -> None:
    with simulating(wikis=30) as simulated:
        refresh(place, simulated)
        before = read_all(url)
        gone = sorted(before[Series.EDITS])[5]
        for is_gone in (True, False):
            simulated.change(faults={"gone_wikis": [gone] if is_gone else []})
            age_the_site_matrix(url)
            asked = len(simulated.asked())
            refresh(place, simulated)
            assert (gone not in {one.project for one in simulated.asked()[asked:]}) is is_gone
            status = run(place | simulated.environment, "status", "--json").json
            assert status["gone_wikis"] == ([gone] if is_gone else [])
            said = run(place | simulated.environment, "status").out
            assert (f"1 from the site matrix, asked no more: {gone}" in said) is is_gone
            assert read_all(url) == before


def test_a_month_that_is_published_in_part_is_told_when_it_is_complete(place: dict[str, str], url: str) -> None:
    with simulating(wikis=30, newest_month=LAST) as simulated:
        refresh(place, simulated)
        simulated.change(newest_month=format_month(NEXT), faults={"newest_month_share": 0.4})
        refresh(place, simulated)
        status = run(place | simulated.environment, "status", "--json").json
        assert status["newest_month"] == format_month(LAST)
        [provisional] = status["provisional_months"]
        assert provisional["month"] == format_month(NEXT)
        assert provisional["total"] < 0.85 * provisional["expected"]
        said = run(place | simulated.environment, "status").out
        assert "published only in part so far" in said
        assert told(url) == [format_month(LAST)]
        assert months_with_peaks(url) <= {LAST}
        simulated.change(faults={"newest_month_share": 1})
        refresh(place, simulated)
        status = run(place | simulated.environment, "status", "--json").json
    assert (status["newest_month"], status["provisional_months"]) == (format_month(NEXT), [])
    assert told(url) == [format_month(LAST), format_month(NEXT)]
    assert NEXT in months_with_peaks(url)


def told(url: str) -> list[str]:
    with opened(url) as engine:
        return [one.subject for one in reversed(read_notices(engine))]


def months_with_peaks(url: str) -> set[date]:
    with opened(url) as engine:
        return {peak.month for peak in read_peaks(engine, first=LAST)}


def test_where_the_total_of_all_wikis_cannot_be_read_the_stored_ones_tell(place: dict[str, str], url: str) -> None:
    with simulating(wikis=30, newest_month=LAST) as simulated:
        refresh(place, simulated)
        simulated.change(
            newest_month=format_month(NEXT), faults={"newest_month_share": 0.4, "missing_projects": ["all-projects"]}
        )
        refresh(place, simulated)
        status = run(place | simulated.environment, "status", "--json").json
    assert [one["month"] for one in status["provisional_months"]] == [format_month(NEXT)]


def test_a_month_that_many_wikis_lack_is_provisional(place: dict[str, str], url: str) -> None:
    with simulating(wikis=30, newest_month=LAST) as simulated:
        refresh(place, simulated)
        late = [wiki for wiki in simulated.wikis()[::2] if not wiki.startswith("en.")]
        simulated.change(newest_month=format_month(NEXT), faults={"late_projects": late})
        refresh(place, simulated)
        status = run(place | simulated.environment, "status", "--json").json
    [provisional] = status["provisional_months"]
    assert provisional["wikis_missing"] > 3

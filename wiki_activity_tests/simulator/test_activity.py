"""The counts look like real ones, follow the seed, and rise where the truth says so."""

from collections import Counter
from datetime import date

import numpy as np
import pytest

from wiki_activity.domain.months import EARLIEST_MONTH, shift_month
from wiki_activity.simulator.activity import EDITOR_TYPES, HORIZON, Activity, make_activity
from wiki_activity.simulator.publication import LEVELS, Edition, Publication
from wiki_activity.simulator.wiki_catalogue import make_catalogue

CATALOGUE = make_catalogue(300)
NEWEST = date(2026, 5, 1)


@pytest.fixture(scope="module")
def activity() -> Activity:
    return make_activity(CATALOGUE.open_wikis, seed=1)


@pytest.fixture
def publication() -> Publication:
    return Publication(CATALOGUE, 1, Edition(NEWEST))


def find_column(host: str) -> int:
    return [wiki.host for wiki in CATALOGUE.open_wikis].index(host)


def number(month: date) -> int:
    return (month.year - 2001) * 12 + month.month - 1


def test_the_same_seed_gives_the_same_counts_and_another_seed_others(activity: Activity) -> None:
    again, other = (make_activity(CATALOGUE.open_wikis, seed) for seed in (1, 2))
    assert all((again.edits[name] == activity.edits[name]).all() for name in EDITOR_TYPES)
    assert again.peaks == activity.peaks
    assert (other.edits["user"] != activity.edits["user"]).any()


def test_english_wikipedia_has_about_three_million_content_edits_a_month(activity: Activity) -> None:
    column = find_column("en.wikipedia.org")
    recent = sum(activity.edits.values())[290:310, column]
    assert 2_000_000 < np.median(recent) < 4_500_000


def test_a_wiki_has_zeros_before_it_begins_and_edits_after(activity: Activity) -> None:
    total = sum(activity.edits.values())
    first = np.argmax(total > 0, axis=0)
    assert (first[:3] < 12).all()
    assert np.median(first) > 12
    assert all((total[:month, column] == 0).all() for column, month in enumerate(first))
    assert (total[280:] > 0).mean() > 0.99


def test_editors_never_outnumber_their_edits(activity: Activity) -> None:
    for name in EDITOR_TYPES:
        assert (activity.editors[name] <= activity.edits[name]).all()
        assert ((activity.editors[name] > 0) == (activity.edits[name] > 0)).all()


def test_about_one_peak_is_planted_in_nine_wiki_years_and_some_months_are_shared(activity: Activity) -> None:
    starts = [peak for peak in activity.peaks if peak.starts and peak.month.year in range(2012, 2026)]
    rate = len(starts) / (14 * len(CATALOGUE.open_wikis))
    assert 0.07 < rate < 0.17
    assert set(Counter(peak.kind for peak in starts)) == {
        "bot_run", "more_people", "same_people", "logged_out_wave",
    }  # fmt: skip
    assert all(1.5 <= peak.factor <= 10 for peak in starts)
    assert max(Counter(peak.month for peak in activity.peaks if peak.shared).values()) >= 5


@pytest.mark.parametrize(
    ("kind", "metrics"),
    [
        ("bot_run", {"edits"}),
        ("more_people", {"edits", "people_edits", "editors"}),
        ("same_people", {"edits", "people_edits"}),
        ("logged_out_wave", {"edits", "people_edits", "editors"}),
    ],
)
def test_each_kind_of_peak_raises_its_own_metrics(activity: Activity, kind: str, metrics: set[str]) -> None:
    peaks = [peak for peak in activity.peaks if peak.kind == kind and peak.factor > 2]
    assert peaks
    assert all(set(peak.metrics) <= metrics for peak in peaks)
    # Where bots make most of the edits, a rise of people's edits is a small one of the whole.
    assert sum(set(peak.metrics) == metrics for peak in peaks) > 0.9 * len(peaks)


def test_the_counts_rise_by_what_the_truth_says(activity: Activity) -> None:
    total = sum(activity.edits.values())
    hosts = {wiki.host: column for column, wiki in enumerate(CATALOGUE.open_wikis)}
    ratios = [
        total[number(peak.month), hosts[peak.project]] / (peak.expected * peak.rises["edits"])
        for peak in activity.peaks
    ]
    assert 0.95 < np.median(ratios) < 1.05


def test_publishing_a_later_month_changes_no_earlier_one(publication: Publication) -> None:
    before = publication.count_edits([0], "user", "content")
    publication.publish(Edition(shift_month(NEWEST, 1)))
    after = publication.count_edits([0], "user", "content")
    assert len(after) == len(before) + 1 == number(NEWEST) + 2
    assert (after[:-1] == before).all()


def test_editor_types_page_types_and_activity_levels_add_up(publication: Publication) -> None:
    def edits(editor_type: str, page_type: str) -> np.ndarray:
        return publication.count_edits([5], editor_type, page_type)

    def editors(level: str) -> np.ndarray:
        return publication.count_editors(5, "all-editor-types", "content", level)

    everything = edits("all-editor-types", "all-page-types")
    assert (everything == edits("all-editor-types", "content") + edits("all-editor-types", "non-content")).all()
    assert (edits("all-editor-types", "content") == sum(edits(name, "content") for name in EDITOR_TYPES)).all()
    assert (editors("all-activity-levels") == sum(editors(level) for level in LEVELS)).all()


def test_a_later_edition_restates_a_small_share_of_past_months(publication: Publication) -> None:
    columns = list(range(100))
    first = np.stack([publication.count_edits([c], "user", "content") for c in columns])
    publication.publish(Edition(NEWEST, 2))
    second = np.stack([publication.count_edits([c], "user", "content") for c in columns])
    big = first > 10_000
    changed = big & (first != second)
    assert 0.01 < changed.sum() / big.sum() < 0.03
    low, middle, high = np.percentile(second[changed] / first[changed], [10, 50, 90])
    assert abs(low - 0.975) < 0.006
    assert abs(middle - 0.996) < 0.004
    assert abs(high - 1.026) < 0.006


def test_a_third_edition_keeps_what_the_second_restated(publication: Publication) -> None:
    first = publication.count_edits([0], "user", "content")
    publication.publish(Edition(NEWEST, 2))
    second = publication.count_edits([0], "user", "content")
    publication.publish(Edition(NEWEST, 3))
    third = publication.count_edits([0], "user", "content")
    assert (third[second != first] != first[second != first]).all()
    publication.publish(Edition(NEWEST, 2))
    assert (publication.count_edits([0], "user", "content") == second).all()


@pytest.mark.parametrize("edition", [Edition(date(2000, 12, 1)), Edition(shift_month(EARLIEST_MONTH, HORIZON))])
def test_a_month_that_is_not_simulated_cannot_be_published(publication: Publication, edition: Edition) -> None:
    with pytest.raises(ValueError, match="not simulated"):
        publication.publish(edition)
    assert publication.edition.newest_month == NEWEST


def test_an_edition_is_numbered_from_one(publication: Publication) -> None:
    with pytest.raises(ValueError, match="not 0"):
        publication.publish(Edition(NEWEST, 0))

"""Causes go where they are planted, all else stays as it was, and each of the simulator's own peaks gets one."""

from datetime import date

import numpy as np
import pytest

from wiki_activity.simulator.activity import EDITOR_TYPES
from wiki_activity.simulator.evidence.causes import CauseKind, Causes, PlantedCause
from wiki_activity.simulator.evidence.edits import EditSource
from wiki_activity.simulator.evidence.plan import CONTENT
from wiki_activity.simulator.evidence.truth import find_truths
from wiki_activity.simulator.publication import Edition, Publication, number_month
from wiki_activity.simulator.wiki_catalogue import make_catalogue

CATALOGUE = make_catalogue(40)
EDITION = Edition(date(2026, 5, 1))
HOST = "hi.wikipedia.org"
MARCH = date(2026, 3, 1)


def make_source(*planted: PlantedCause) -> EditSource:
    publication = Publication(CATALOGUE, 1, EDITION, planted)
    return EditSource(publication, Causes(1, planted, publication.activity.peaks), 1)


@pytest.fixture(scope="module")
def plain() -> EditSource:
    return make_source()


def test_a_factor_raises_its_month_and_nothing_else(plain: EditSource) -> None:
    raised = make_source(PlantedCause(HOST, MARCH, CauseKind.TRANSLATION, factor=2.5)).publication
    column, month = raised.find_column(HOST), number_month(MARCH)
    for name in EDITOR_TYPES:
        changed = np.argwhere(raised.activity.edits[name] != plain.publication.activity.edits[name])
        assert changed.tolist() == ([[month, column]] if name == "user" else [])
    before, after = (
        sum(int(one.activity.edits[name][month, column]) for name in ("user", "anonymous"))
        for one in (plain.publication, raised)
    )
    assert after == pytest.approx(2.5 * before, rel=0.001)


@pytest.mark.parametrize("kind", CauseKind)
def test_without_a_factor_no_count_of_any_month_changes(plain: EditSource, kind: CauseKind) -> None:
    publication = make_source(PlantedCause(HOST, MARCH, kind)).publication
    for name in EDITOR_TYPES:
        for what in ("edits", "editors"):
            ours, theirs = (getattr(one.activity, what)[name] for one in (publication, plain.publication))
            assert np.array_equal(ours, theirs)
    column = publication.find_column(HOST)
    assert np.array_equal(publication.count_new_users(column), plain.publication.count_new_users(column))


def test_each_peak_of_the_simulators_own_gets_a_cause_that_fits(plain: EditSource) -> None:
    fitting = {"bot_run": {CauseKind.FLAGGED_BOT_TASK}, "logged_out_wave": {*list(CauseKind)} - {CauseKind.TOOLS}}
    peaks = plain.publication.activity.peaks
    kinds = set()
    for peak in peaks:
        [cause] = plain.causes.list_month(peak.project, peak.month)
        assert cause.kind in fitting.get(peak.kind, set(CauseKind) - {CauseKind.FLAGGED_BOT_TASK})
        kinds.add(cause.kind)
    assert len(kinds) >= 11
    assert len(plain.causes.list_all()) == len(peaks) > 100


def test_a_drawn_cause_makes_up_its_share_of_what_the_peak_adds(plain: EditSource) -> None:
    shown = 0
    for peak in plain.publication.activity.peaks:
        if peak.kind != "same_people" or peak.month < date(2015, 1, 1):
            continue
        [truth] = find_truths(plain, peak.project, peak.month)
        if sum(truth.extra_edits.values()) > 500:
            assert truth.shares["people_edits"] == pytest.approx(truth.cause.share, abs=0.01)
            shown += 1
    assert shown > 10


def test_several_causes_share_a_month() -> None:
    source = make_source(
        PlantedCause(HOST, MARCH, CauseKind.CAMPAIGN_HASHTAG, 0.4, 2.0),
        PlantedCause(HOST, MARCH, CauseKind.FEW_PEOPLE, 0.3, 1.5),
    )
    first, second = find_truths(source, HOST, MARCH)
    assert first.shares["edits"] == pytest.approx(0.4, abs=0.001)
    assert second.shares["edits"] == pytest.approx(0.3, abs=0.001)
    plan = source.plan_month(source.publication.find_column(HOST), number_month(MARCH))
    assert plan.counts.min() >= 0
    assert plan.counts[:, CONTENT].sum() == plan.totals[:, CONTENT].sum()


def test_no_more_people_than_are_planted_use_a_hashtag() -> None:
    for people in (2, 20):
        cause = PlantedCause(HOST, MARCH, CauseKind.CAMPAIGN_HASHTAG, 0.5, 2.0, people=people, first_day=3, last_day=9)
        source = make_source(cause)
        column = source.publication.find_column(HOST)
        days = [source.list_day(column, date(2026, 3, day)) for day in range(3, 10)]
        users = {int(user) for day in days for user in day.user[day.part == 1]}
        assert people - 1 <= len(users) <= people


def test_the_same_seed_makes_the_same_edits() -> None:
    cause = PlantedCause(HOST, MARCH, CauseKind.NEWS, 0.5, 2.0)
    first, second = (make_source(cause).list_day(0, date(2026, 3, 9)) for _ in range(2))
    for name in ("time", "user", "page", "noise", "part"):
        assert np.array_equal(getattr(first, name), getattr(second, name))
    assert len(first.time) > 1000


def test_a_day_is_the_same_whichever_was_asked_for_before() -> None:
    source = make_source()
    column = source.publication.find_column(HOST)
    alone = source.list_day(column, date(2026, 3, 20))
    other = make_source()
    for day in range(1, 21):
        last = other.list_day(column, date(2026, 3, day))
    assert np.array_equal(alone.user, last.user)
    assert np.array_equal(alone.noise, last.noise)


@pytest.mark.parametrize(
    ("cause", "message"),
    [
        ({"share": 1.2}, "share of 0 to 1"),
        ({"factor": 0.5}, "factor of 1 to 100"),
        ({"first_day": 9}, "first and a last one"),
        ({"first_day": 9, "last_day": 3}, "first and a last one"),
    ],
)
def test_a_cause_that_cannot_be_is_refused(cause: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        PlantedCause(HOST, MARCH, CauseKind.NEWS, **cause)  # type: ignore[arg-type]


def test_causes_are_refused_on_unknown_wikis_and_beyond_the_whole_rise() -> None:
    with pytest.raises(ValueError, match=r"xx\.wikipedia\.org"):
        make_source(PlantedCause("xx.wikipedia.org", MARCH, CauseKind.NEWS))
    with pytest.raises(ValueError, match="more than 1"):
        make_source(*(PlantedCause(HOST, MARCH, kind, 0.7) for kind in (CauseKind.NEWS, CauseKind.TOOLS)))

"""Many wikis judged in one go are judged as each alone, and a month over all of them adds up."""

import numpy as np
import pytest
from sqlalchemy import Engine

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.months import shift_month
from wiki_activity.domain.peaks import Detector
from wiki_activity.domain.provisional import ProvisionalMonth
from wiki_activity.domain.rises import BoardPart
from wiki_activity.explorer.group_sums import sum_up
from wiki_activity.explorer.many_wikis import cut_last_months, detect_together
from wiki_activity.explorer.month_overview import find_complete_month, look_at_month
from wiki_activity.explorer.snapshot import Snapshot
from wiki_activity.explorer.snapshots import Snapshots
from wiki_activity.storage.database import writing
from wiki_activity.storage.provisional_table import keep_provisional
from wiki_activity.storage.schema import edit_counts
from wiki_activity_tests.explorer.stored import LAST, MISSING, NOW, restate


def read(engine: Engine) -> Snapshot:
    return Snapshots(engine, 30, 0, 0).read()


@pytest.mark.parametrize("detector", Detector)
@pytest.mark.parametrize("metric", Metric)
def test_wikis_that_are_judged_together_are_judged_as_each_alone(
    engine: Engine, metric: Metric, detector: Detector
) -> None:
    keep_provisional(engine, ProvisionalMonth(LAST, 400, 1000, 0, NOW, NOW), NOW)
    alone, together = read(engine), read(engine)
    detect_together(together.wikis.values(), metric, detector)
    for project, wiki in together.wikis.items():
        assert wiki.is_detected(metric, detector) is bool(wiki.months(metric)), project
        found, expected = wiki.detect(metric, detector), alone.wikis[project].detect(metric, detector)
        for name in ("peak", "expected", "threshold", "score"):
            assert np.array_equal(getattr(found, name), getattr(expected, name), equal_nan=name != "peak"), project


def test_a_window_has_a_place_for_each_month_known_or_not(engine: Engine) -> None:
    snapshot = read(engine)
    tamil = snapshot.wiki("ta.wikipedia.org")
    whole = cut_last_months(tamil, Metric.EDITS, Detector.SEASONAL, LAST, 36)
    assert [at for at, count in enumerate(whole.counts) if count is None] == [
        (MISSING.year - 2023) * 12 + MISSING.month - 10
    ]
    assert len(whole.threshold) == 36
    hindi = cut_last_months(snapshot.wiki("hi.wikipedia.org"), Metric.EDITS, Detector.SEASONAL, LAST, 24)
    assert hindi.peaks[-1] == 23
    later = cut_last_months(tamil, Metric.EDITS, Detector.SEASONAL, shift_month(LAST, 40), 36)
    assert (set(later.counts), len(later.counts), later.peaks) == ({None}, 36, [])
    earlier = cut_last_months(tamil, Metric.EDITS, Detector.SEASONAL, shift_month(LAST, -200), 36)
    assert (set(earlier.counts), len(earlier.counts)) == ({None}, 36)
    nothing = cut_last_months(snapshot.wiki("fr.wikivoyage.org"), Metric.PEOPLE_EDITS, Detector.SEASONAL, LAST, 3)
    assert nothing.counts == (None, None, None)


def test_each_wiki_is_counted_once_and_a_closed_one_not_at_all(engine: Engine) -> None:
    overview = look_at_month(read(engine), Detector.SEASONAL)
    assert overview.month == LAST
    assert {project: one.part for project, one in overview.rises.items()} == {
        "hi.wikipedia.org": BoardPart.STOOD_OUT,
        "bn.wikipedia.org": BoardPart.STOOD_OUT,
        "commons.wikimedia.org": BoardPart.MOSTLY_BOTS,
    }
    assert overview.unknown == {"mos.wikipedia.org"}
    assert overview.total == 13
    assert "aa.wikipedia.org" not in overview.usual
    assert not overview.rises.keys() & overview.usual
    part = overview.of(["hi.wikipedia.org", "ta.wikipedia.org", "aa.wikipedia.org"])
    assert (part.total, list(part.rises), part.usual) == (2, ["hi.wikipedia.org"], {"ta.wikipedia.org"})


def test_a_wiki_whose_newest_month_is_missing_is_not_known_to_be_as_usual(engine: Engine) -> None:
    with writing(engine) as connection:
        is_newest = (edit_counts.c.project == "ta.wikipedia.org") & (edit_counts.c.timestamp == LAST)
        connection.execute(edit_counts.delete().where(is_newest))
    overview = look_at_month(read(engine), Detector.SEASONAL)
    assert "ta.wikipedia.org" in overview.unknown
    assert overview.total == 13


def test_a_month_that_many_wikis_lack_so_far_is_not_the_newest_complete_one(engine: Engine) -> None:
    with writing(engine) as connection:
        few = edit_counts.c.project.not_in(["hi.wikipedia.org", "en.wikipedia.org"])
        connection.execute(edit_counts.delete().where(few & (edit_counts.c.timestamp == LAST)))
    assert find_complete_month(read(engine)) == shift_month(LAST, -1)


def test_a_sum_lacks_nobody_or_is_none(engine: Engine) -> None:
    snapshot = read(engine)
    names = ["ta.wikipedia.org", "hi.wiktionary.org"]
    found = sum_up([snapshot.wiki(name) for name in names], Metric.EDITS, open_ones=[True, True])
    at = found.months.index(MISSING)
    assert (found.sums[at], found.lacking[at], found.begun[at]) == (None, 1, 2)
    counts = [snapshot.wiki(name).newest(Metric.EDITS, LAST, 1)[0] for name in names]
    assert found.sums[-1] == sum(count for count in counts if count is not None)


def test_what_hardly_matters_to_a_sum_is_counted_as_lacking_and_the_sum_stands(engine: Engine) -> None:
    snapshot = read(engine)
    names = ["en.wikipedia.org", "ta.wikipedia.org"]
    found = sum_up([snapshot.wiki(name) for name in names], Metric.EDITS, open_ones=[True, True])
    at = found.months.index(MISSING)
    assert (found.sums[at], found.lacking[at]) == (int(found.counts[0, at]), 1)


def test_a_closed_wiki_lacks_no_month_after_its_last_and_an_open_one_does(engine: Engine) -> None:
    snapshot = read(engine)
    wikis = [snapshot.wiki(name) for name in ("aa.wikipedia.org", "mos.wikipedia.org")]
    closed = sum_up(wikis, Metric.EDITS, open_ones=[False, True])
    assert (closed.lacking[-1], closed.begun[-1]) == (0, 1)
    still_open = sum_up(wikis, Metric.EDITS, open_ones=[True, True])
    assert (still_open.lacking[-1], still_open.begun[-1]) == (1, 2)


def test_wikis_of_which_nothing_is_known_are_named_and_in_no_sum(engine: Engine) -> None:
    snapshot = read(engine)
    found = sum_up([snapshot.wiki("fr.wikivoyage.org")], Metric.PEOPLE_EDITS, open_ones=[True])
    assert (found.unknown, found.sums, found.months) == ([0], (), ())


def test_what_was_made_of_a_state_stays_until_a_wiki_changes(engine: Engine) -> None:
    snapshots = Snapshots(engine, 30, 0, 0)
    first = look_at_month(snapshots.read(), Detector.SEASONAL)
    assert look_at_month(snapshots.read(), Detector.SEASONAL) is first
    restate(engine, "ta.wikipedia.org", {LAST: 150_000})
    assert "ta.wikipedia.org" in first.usual
    assert "ta.wikipedia.org" in look_at_month(snapshots.read(), Detector.SEASONAL).rises

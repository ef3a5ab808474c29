"""What the fixtures promise to every other test of the explorer."""

from fastapi.testclient import TestClient
from sqlalchemy import Engine

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.peaks import Detector, Kind
from wiki_activity.storage.peak_table import read_peaks
from wiki_activity_tests.explorer.stored import LAST, SHARED, WIKIS


def test_the_planted_peaks_are_found_and_are_of_the_planted_kinds(engine: Engine) -> None:
    peaks = read_peaks(engine, metric=Metric.EDITS, detector=Detector.SEASONAL)
    found = {(peak.project, peak.month): peak.kind for peak in peaks}
    planted = {(stored.wiki.project, rise.month): (stored, rise) for stored in WIKIS for rise in stored.rises}
    assert set(planted) <= set(found)
    for key, (stored, rise) in planted.items():
        assert found[key] == (rise.kind if stored.split else None), key
    assert set(found.values()) == {*Kind, None}
    assert len(found) <= len(planted) + 3


def test_many_wikis_share_a_month_and_some_peak_in_the_newest(engine: Engine) -> None:
    peaks = read_peaks(engine, metric=Metric.EDITS, detector=Detector.SEASONAL)
    assert all(peak.shared for peak in peaks if peak.month == SHARED)
    assert len([peak for peak in peaks if peak.month == LAST]) == 3


def test_the_explorer_opens_over_a_filled_and_over_an_empty_database(
    client: TestClient, empty_client: TestClient
) -> None:
    assert "हिन्दी" in client.get("/").text
    assert empty_client.get("/").status_code == 200

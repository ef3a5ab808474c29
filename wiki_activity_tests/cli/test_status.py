import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, text

from wiki_activity.cli.status.status import command
from wiki_activity.domain.counts import COUNT_SERIES, Metric, Series
from wiki_activity.domain.peaks import Detector, Peak
from wiki_activity.leases import sign_lease
from wiki_activity.storage.database import writing
from wiki_activity.storage.fetches import FetchResult, FetchStatus
from wiki_activity.storage.inspection import has_tables
from wiki_activity.storage.migrations.steps import VERSION_TABLE
from wiki_activity.storage.peak_table import replace_peaks
from wiki_activity.storage.refresh_leases import finish_refresh, release_refresh, start_refresh
from wiki_activity.storage.refreshes import Outcome, Refresh
from wiki_activity.storage.storage_errors import SchemaOutdatedError
from wiki_activity.ticks import mark_tick
from wiki_activity.watch.alarms import note_failed_run
from wiki_activity_tests.storage.conftest import NOW
from wiki_activity_tests.storage.storing import record_fetches, store_counts

APRIL, MAY = date(2024, 4, 1), date(2024, 5, 1)
HINDI, BENGALI, TAMIL = "hi.wikipedia.org", "bn.wikipedia.org", "ta.wikipedia.org"
OK, NO_DATA = FetchResult(FetchStatus.OK, months=2), FetchResult(FetchStatus.NO_DATA)
FAILED = FetchResult(FetchStatus.FAILED, error="503 [after 6 attempts]")


def status(environment: dict[str, str], url: str, *arguments: str) -> Result:
    return CliRunner().invoke(
        command, arguments, env={**environment, "WIKI_ACTIVITY_DATABASE_URL": url}, catch_exceptions=False
    )


def status_json(environment: dict[str, str], url: str) -> Any:
    return json.loads(status(environment, url, "--json").stdout)


def begin(engine: Engine, results: dict[str, dict[Series, FetchResult]], holder: str = sign_lease("tests")) -> Refresh:
    refresh = start_refresh(
        engine,
        run_id="r",
        holder=holder,
        first=APRIL,
        last=MAY,
        projects=[HINDI, BENGALI, TAMIL],
        series=list(COUNT_SERIES),
        now=NOW,
    )
    with writing(engine) as connection:
        for project, by_series in results.items():
            record_fetches(connection, refresh.id, project, by_series, NOW)
    return refresh


def test_an_empty_database_is_told_in_words(environment: dict[str, str], engine: Engine, url: str) -> None:
    ended = status(environment, url)
    assert ended.exit_code == 0
    assert "Nothing is stored yet: `wiki-activity refresh` fetches the counts." in ended.stdout
    document = status_json(environment, url)
    assert (document["newest_month"], document["refreshed_at"], document["age_hours"]) == (None, None, None)
    nothing = {"wikis": 0, "ok": 0, "no_data": 0, "failed": []}
    assert document["metrics"] == {"edits": nothing, "editors": nothing}
    assert document["peaks"]["people_edits"] == {"rolling_mean": 0, "seasonal": 0}
    assert document["restated"] == {"rows": 0, "last_seen_at": None}
    assert document["refresh"] is None


def test_a_database_without_tables_is_empty_and_gets_none(environment: dict[str, str], empty: Engine, url: str) -> None:
    assert "Nothing is stored yet" in status(environment, url).stdout
    assert status_json(environment, url)["newest_month"] is None
    assert not has_tables(empty)


def test_where_there_is_no_file_none_is_made(environment: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "state" / "activity.db"
    assert "Nothing is stored yet" in status(environment, f"sqlite:///{file}").stdout
    assert list(tmp_path.iterdir()) == []


def test_old_tables_are_refused_naming_the_command(environment: dict[str, str], engine: Engine, url: str) -> None:
    with writing(engine) as connection:
        connection.execute(text(f"update {VERSION_TABLE} set version_num = '0003'"))
    with pytest.raises(SchemaOutdatedError, match=r"at 0003, not at \d+: run `wiki-activity migrate`"):
        status(environment, url)


def test_a_database_of_the_earlier_program_is_not_taken_for_an_empty_one(
    environment: dict[str, str], empty: Engine, url: str
) -> None:
    with writing(empty) as connection:
        connection.execute(text("create table edit_counts (timestamp datetime, edit_count int, project varchar(255))"))
    with pytest.raises(SchemaOutdatedError, match="run `wiki-activity migrate`"):
        status(environment, url)


def test_age_coverage_peaks_and_restatements_are_told(environment: dict[str, str], engine: Engine, url: str) -> None:
    results = {
        HINDI: dict.fromkeys(COUNT_SERIES, OK),
        BENGALI: {**dict.fromkeys(COUNT_SERIES, OK), Series.USER_EDITS: FAILED},
        TAMIL: dict.fromkeys(COUNT_SERIES, NO_DATA),
    }
    refresh = begin(engine, results)
    with writing(engine) as connection:
        for count in (5, 6):
            store_counts(connection, HINDI, {Series.EDITS: {APRIL: count, MAY: 7}}, APRIL, MAY, NOW)
    peak = Peak(
        Metric.EDITS, HINDI, MAY, Detector.SEASONAL, 7, 2, 4, 5.0, None, None, shared=False, starts_episode=True
    )
    replace_peaks(engine, [peak], found_at=NOW)
    finish_refresh(engine, refresh.id, refresh.holder, NOW, Outcome.FAILURES)

    document = status_json(environment, url)
    assert (document["newest_month"], document["refreshed_at"]) == ("2024-05", "2024-06-03T12:00:00+00:00")
    assert document["age_hours"] > 24
    error = "registered people's edits: 503 [after 6 attempts]"
    assert document["metrics"] == {
        "edits": {"wikis": 3, "ok": 1, "no_data": 1, "failed": [{"project": BENGALI, "error": error}]},
        "editors": {"wikis": 3, "ok": 2, "no_data": 1, "failed": []},
    }
    assert document["peaks"]["edits"] == {"rolling_mean": 0, "seasonal": 1}
    assert document["restated"] == {"rows": 1, "last_seen_at": "2024-06-03T12:00:00+00:00"}
    assert document["refresh"]["state"] == "failures"

    told = status(environment, url).stdout
    for words in (
        "Newest month: May 2024",
        "Refreshed:    2024-06-03 12:00 UTC",
        "Restated:     1 counts, last seen 2024-06-03 12:00 UTC",
        f"failed: edits: {BENGALI}: {error}",
    ):
        assert words in told


def test_a_refresh_under_way_is_told_with_its_holder_and_how_far_it_is(
    environment: dict[str, str], engine: Engine, url: str
) -> None:
    partly = {Series.EDITS: OK, Series.USER_EDITS: FAILED, Series.ANONYMOUS_EDITS: OK, Series.EDITORS: OK}
    refresh = begin(engine, {HINDI: dict.fromkeys(COUNT_SERIES, OK), BENGALI: partly})
    with writing(engine) as connection:
        connection.execute(text("update refreshes set heartbeat = '2999-01-01 00:00:00'"))
    document = status_json(environment, url)["refresh"]
    assert (document["state"], document["wikis"], document["wikis_done"]) == ("running", 3, 1)
    assert document["holder"] == refresh.holder
    told = status(environment, url).stdout
    assert "Last refresh: under way" in told
    assert "1 of 3 wikis, 2024-04 to 2024-05" in told
    assert refresh.holder in told


@pytest.mark.parametrize(
    "holder", [sign_lease("tests"), "wiki-activity, process 1 on elsewhere"], ids=["here", "elsewhere"]
)
def test_a_refresh_without_a_sign_of_life_is_dead(
    environment: dict[str, str], engine: Engine, url: str, holder: str
) -> None:
    begin(engine, {}, holder)
    assert status_json(environment, url)["refresh"]["state"] == "dead"
    assert "--resume` goes on with it" in status(environment, url).stdout


def test_an_interrupted_refresh_says_how_to_go_on(environment: dict[str, str], engine: Engine, url: str) -> None:
    refresh = begin(engine, {})
    release_refresh(engine, refresh.id, refresh.holder, NOW + timedelta(minutes=1))
    told = status(environment, url).stdout
    assert "interrupted; `wiki-activity refresh --resume` goes on with it" in told
    assert "before that: nothing had failed: somebody stopped it" in told


def test_an_interrupted_refresh_says_what_had_failed_before_shortly_and_in_full_as_json(
    environment: dict[str, str], engine: Engine, url: str
) -> None:
    error = "https://wikimedia.org/api/rest_v1/metrics/edits/x: no answer (ConnectTimeout: timed out)"
    away = {
        one: FetchResult(FetchStatus.FAILED, error=f"not asked for, since the total failed: {error}")
        for one in COUNT_SERIES
    }
    away[Series.EDITS] = FetchResult(FetchStatus.FAILED, error=error)
    refresh = begin(engine, {HINDI: away, BENGALI: dict.fromkeys(COUNT_SERIES, OK)})
    release_refresh(engine, refresh.id, refresh.holder, NOW + timedelta(minutes=1))

    told = status(environment, url).stdout
    assert f"before that: {HINDI}: no answer (ConnectTimeout: timed out)\n" in told
    assert f"failed: edits: {HINDI}: total: no answer (ConnectTimeout: timed out)\n" in told
    document = status_json(environment, url)
    assert document["refresh"]["failed"] == {HINDI: error}
    assert document["metrics"]["edits"]["failed"][0]["error"].count(error) == 3


def fail_a_run(engine: Engine) -> None:
    note_failed_run(
        engine,
        job="monthly_refresh",
        run_id="r",
        error="It took too long to start.",
        address=None,
        now=NOW,
        sendable=False,
    )


def test_a_first_load_that_did_not_start_is_told(environment: dict[str, str], engine: Engine, url: str) -> None:
    fail_a_run(engine)

    told = " ".join(status(environment, url).stdout.split())

    assert "The first load has not come to its end:" in told
    assert "It took too long to start." in told
    assert "It took too long" in status_json(environment, url)["upkeep"]["failed_run"]["message"]


def test_a_failure_that_is_past_is_not_told(environment: dict[str, str], engine: Engine, url: str) -> None:
    fail_a_run(engine)
    refresh = begin(engine, {HINDI: {Series.EDITS: OK}})
    finish_refresh(engine, refresh.id, refresh.holder, NOW + timedelta(hours=1), Outcome.DONE)

    assert "too long" not in status(environment, url).stdout


def test_since_when_no_sensor_ticks_is_told(environment: dict[str, str], engine: Engine, url: str) -> None:
    folder = Path(environment["WIKI_ACTIVITY_STATE_DIR"])
    assert "ticks" not in status(environment, url).stdout
    mark_tick(folder, datetime.now(UTC))
    assert "ticks" not in status(environment, url).stdout

    mark_tick(folder, datetime(2024, 6, 3, 12, 30, tzinfo=UTC))

    told = " ".join(status(environment, url).stdout.split())
    assert "nothing ticks since 2024-06-03 12:30:00 UTC" in told
    assert "no `up` works in this folder" in told
    assert status_json(environment, url)["upkeep"]["ticked_at"] == "2024-06-03T12:30:00+00:00"

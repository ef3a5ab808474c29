from datetime import UTC, date, datetime, timedelta

from fastapi.testclient import TestClient
from sqlalchemy import Engine, delete

from wiki_activity.explorer.freshness import Freshness
from wiki_activity.storage.database import write
from wiki_activity.storage.schema import fetches, refreshes

NOW = datetime(2026, 10, 5, 12, tzinfo=UTC)


def test_counts_are_stale_when_nothing_was_refreshed_for_two_weeks() -> None:
    refreshed = NOW - timedelta(days=47)

    assert Freshness(date(2026, 8, 1), refreshed, None).stale_days(NOW) == 47
    assert Freshness(date(2026, 8, 1), NOW - timedelta(days=13), None).stale_days(NOW) is None


def test_counts_that_no_refresh_has_stored_are_as_old_as_their_newest_month() -> None:
    assert Freshness(date(2026, 8, 1), None, None).stale_days(NOW) is None
    assert Freshness(date(2024, 8, 1), None, None).stale_days(NOW) == 733
    assert Freshness(None, None, None).stale_days(NOW) is None


def test_pages_say_so_of_an_adopted_database_too(client: TestClient, engine: Engine) -> None:
    def forget(connection) -> None:  # type: ignore[no-untyped-def]
        connection.execute(delete(fetches))
        connection.execute(delete(refreshes))
        connection.exec_driver_sql("delete from edit_counts where timestamp >= '2024-01-01'")

    write(engine, forget)

    assert "The counts end with December 2023, and no refresh has stored any since" in client.get("/about").text


def test_a_table_that_is_gone_is_a_database_that_cannot_be_read(client: TestClient, engine: Engine) -> None:
    write(engine, lambda connection: connection.exec_driver_sql("drop table community_alerts"))

    answer = client.get("/api/v1/peaks")

    assert answer.status_code == 503
    assert answer.json()["title"] == "Data cannot be read"

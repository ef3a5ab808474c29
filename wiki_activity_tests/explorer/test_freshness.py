from datetime import UTC, date, datetime, timedelta
from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import Engine, delete, event

from wiki_activity.explorer.freshness import Freshness, read_freshness
from wiki_activity.storage.database import create_database_engine, write
from wiki_activity.storage.refresh_leases import start_refresh
from wiki_activity.storage.schema import fetches, refreshes
from wiki_activity_tests.migrated import migrated_mysql_database

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


def test_what_is_loading_is_told_by_the_databases_clock() -> None:
    with migrated_mysql_database() as address:
        engine = create_database_engine(address)
        start_refresh(
            engine, run_id="r", holder="h", first=NOW.date(), last=NOW.date(), projects=["a.org"], series=["edits"],
            now=datetime.now(UTC),
        )  # fmt: skip

        @event.listens_for(engine, "checkout")
        def set_clock(connection: Any, *_: Any) -> None:
            """Let this machine's clock be ten minutes ahead of the server's, by which the refresh has just begun."""
            with connection.cursor() as cursor:
                cursor.execute("set timestamp = unix_timestamp(sysdate(6)) - 600")

        write(
            engine, lambda connection: connection.exec_driver_sql("update refreshes set heartbeat = utc_timestamp(6)")
        )
        assert read_freshness(engine, datetime.now(UTC)).loading is not None

        write(
            engine,
            lambda connection: connection.exec_driver_sql(
                "update refreshes set heartbeat = utc_timestamp(6) - interval 5 minute"
            ),
        )
        assert read_freshness(engine, datetime.now(UTC)).loading is None
        engine.dispose()

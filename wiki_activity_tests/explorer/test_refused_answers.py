"""Answers of Wikimedia's that were refused as implausible, as readers meet them."""

from datetime import UTC, date, datetime

from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from wiki_activity.domain.counts import Series
from wiki_activity.storage.database import writing
from wiki_activity.storage.refusals import RefusedAnswer, Settled, save_refused
from wiki_activity_tests.explorer.pages.reading import see

SEEN_AT = datetime(2026, 10, 4, 9, 30, tzinfo=UTC)
REFUSED = RefusedAnswer(
    "hi.wikipedia.org", Series.EDITS, "all its counts are 0, and 4,321 edits are known", date(2026, 9, 1), 4321, 0,
    {date(2026, 9, 1): 0}, SEEN_AT,
)  # fmt: skip


def refuse(app: FastAPI, engine: Engine, settled: Settled | None = None) -> None:
    answer = RefusedAnswer(
        REFUSED.project, REFUSED.series, REFUSED.reason, REFUSED.newest_month, 4321, 0, REFUSED.answer, SEEN_AT,
        settled, None if settled is None else SEEN_AT,
    )  # fmt: skip
    with writing(engine) as connection:
        save_refused(connection, [answer])


def test_the_wikis_page_and_how_this_works_say_that_older_counts_stand_until_it_is_settled(
    client: TestClient, explorer_app: FastAPI, engine: Engine
) -> None:
    assert "refused" not in see(client, "/p/hi.wikipedia.org")
    assert "refused" not in see(client, "/about")

    refuse(explorer_app, engine)
    assert (
        "Wikimedia’s answer of 4 Oct 2026, 09:30 UTC for all edits was refused as implausible, because all its counts "
        "are 0, and 4,321 edits are known. Shown is what was known before."
    ) in see(client, "/p/hi.wikipedia.org")
    assert "refused" not in see(client, "/p/bn.wikipedia.org")
    assert "Answers for 1 wiki were refused as implausible" in see(client, "/about")

    refuse(explorer_app, engine, Settled.REPLACED)
    assert "refused" not in see(client, "/p/hi.wikipedia.org")
    assert "refused" not in see(client, "/about")

"""One refresh by fakes, for the tests of this folder."""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime

from sqlalchemy import Engine

from wiki_activity.domain.counts import COUNT_SERIES
from wiki_activity.monthly.refresh import Progress, RefreshOutcome, holding_lease, run_refresh
from wiki_activity.storage.refreshes import Outcome, last_refresh
from wiki_activity_tests.monthly.fakes import FIRST, LAST, FakeWikimedia

NOW = datetime(2024, 6, 9, 12, tzinfo=UTC)
WIKIS = [f"w{number:02}.wikipedia.org" for number in range(20)]
A_WIKI = WIKIS[7]

Watch = Callable[[Progress], None]


def refresh(
    engine: Engine,
    client: FakeWikimedia,
    *,
    wikis: Iterable[str] = WIKIS,
    first: date = FIRST,
    last: date = LAST,
    resume: bool = False,
    watch: Watch = lambda _: None,
) -> RefreshOutcome:
    asked = (first, last, list(wikis), list(COUNT_SERIES))
    lease = holding_lease(
        engine, run_id="r", holder="one", clock=lambda: NOW, request=None if resume else lambda: asked
    )
    with lease as held:
        return run_refresh(engine, client, held, connections=3, clock=lambda: NOW, on_progress=watch)


def outcome_of_last(engine: Engine) -> Outcome | None:
    newest = last_refresh(engine)
    assert newest is not None
    return newest.outcome

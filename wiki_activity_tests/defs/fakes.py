"""A Wikimedia that answers what it is told, and settings for runs in tests."""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import dagster as dg
from sqlalchemy import Engine

from wiki_activity.bounded_http import AnswerLimits
from wiki_activity.defs.checks import monthly_checks
from wiki_activity.defs.monthly_assets import monthly_activity, wikis
from wiki_activity.defs.partitions import month_key, register_months
from wiki_activity.defs.resources import Wikimedia
from wiki_activity.domain.counts import COUNT_SERIES, MonthlyCounts, Series
from wiki_activity.domain.months import list_months
from wiki_activity.domain.request_budget import BudgetFigures
from wiki_activity.settings import Settings, read_settings
from wiki_activity.wikimedia.answer_errors import NotFoundError, PassingError

RANGE_START_TAG = "dagster/asset_partition_range_start"
RANGE_END_TAG = "dagster/asset_partition_range_end"
NOW = datetime(2024, 7, 9, 12, 0, tzinfo=UTC)
FIRST = date(2001, 1, 1)


@dataclass
class FakeBudget:
    figures: BudgetFigures = field(default_factory=BudgetFigures)


@dataclass
class FakeSession:
    """Serves a site matrix of Wikipedias."""

    languages: list[str]
    budget: FakeBudget = field(default_factory=FakeBudget)

    def get_json(self, url: str, parameters: Mapping[str, str] | None = None, *, limits: AnswerLimits) -> Any:
        groups = {
            str(number): {
                "code": code,
                "name": code,
                "localname": code.upper(),
                "dir": "ltr",
                "site": [{"url": f"https://{code}.wikipedia.org", "dbname": f"{code}wiki", "code": "wiki"}],
            }
            for number, code in enumerate(self.languages)
        }
        return {"sitematrix": {"count": len(groups), **groups, "specials": []}}


@dataclass
class FakeMetrics:
    """Answers a constant with one spike; failures and unpublished months on demand."""

    newest: date = date(2024, 6, 1)
    spike: date = date(2024, 3, 1)
    failing: dict[tuple[str, Series], Exception] = field(default_factory=dict)
    asked: Counter[tuple[str, Series]] = field(default_factory=Counter)
    changed: dict[tuple[str, Series, date], int] = field(default_factory=dict)
    late: frozenset[str] = frozenset()
    """Wikis without the newest month."""

    def get_series(self, project: str, series: Series, last: date) -> MonthlyCounts:
        if project != "all-projects":
            self.asked[project, series] += 1
        if (project, series) in self.failing:
            raise self.failing[project, series]
        level = {Series.EDITS: 1000, Series.USER_EDITS: 600, Series.ANONYMOUS_EDITS: 100, Series.EDITORS: 50,
                 Series.USER_EDITORS: 40, Series.NEW_PAGES: 30}.get(series, 5)  # fmt: skip
        counts = {
            month: level * (5 if month == self.spike and series in {*COUNT_SERIES} - {Series.EDITORS} else 1)
            for month in list_months(date(2018, 1, 1), min(last, self.newest))
            if month < self.newest or project not in self.late
        }
        return {month: self.changed.get((project, series, month), count) for month, count in counts.items()}


def fake_settings(folder: Path) -> Settings:
    return read_settings({"WIKI_ACTIVITY_STATE_DIR": str(folder), "WIKI_ACTIVITY_CONTACT": "tests@example.org"})


def materialize(
    engine: Engine,
    metrics: FakeMetrics,
    settings: Settings,
    first: date,
    last: date,
    *,
    languages: list[str] | None = None,
    selection: list[str] | None = None,
    instance: dg.DagsterInstance | None = None,
    raise_on_error: bool = True,
    since: str = "",
    accept: Sequence[str] = (),
) -> dg.ExecuteInProcessResult:
    """Materialize a range of registered months, in an instance of its own by default."""
    with nullcontext(instance) if instance else dg.DagsterInstance.ephemeral() as used:
        register_months(used, last)
        return materialize_keys(
            engine,
            metrics,
            settings,
            month_key(first),
            month_key(last),
            used,
            languages=languages,
            selection=selection,
            raise_on_error=raise_on_error,
            since=since,
            accept=accept,
        )


def materialize_keys(  # noqa: PLR0917
    engine: Engine,
    metrics: FakeMetrics,
    settings: Settings,
    first: str,
    last: str,
    instance: dg.DagsterInstance,
    *,
    languages: list[str] | None = None,
    selection: list[str] | None = None,
    raise_on_error: bool = True,
    since: str = "",
    accept: Sequence[str] = (),
) -> dg.ExecuteInProcessResult:
    session = FakeSession(languages or ["aa", "bb", "cc"])
    resources = {
        "settings": settings,
        "database": engine,
        "wikimedia": Wikimedia(session, metrics, "http://matrix", 2),  # type: ignore[arg-type]
        "clock": lambda: NOW,
    }
    definitions = dg.Definitions(
        [wikis, monthly_activity],
        asset_checks=[monthly_checks],
        resources=resources,
        executor=dg.in_process_executor,
    )
    selection = selection or ["wikis", "edit_counts", "editor_counts", "community_alerts"]
    fetches = bool(set(selection) - {"wikis"})
    config = {"ops": {"monthly_activity": {"config": {"since": since, "accept": list(accept)}}}} if fetches else {}
    return definitions.resolve_implicit_global_asset_job_def().execute_in_process(
        instance=instance,
        tags={RANGE_START_TAG: first, RANGE_END_TAG: last},
        run_config=config,
        asset_selection=[dg.AssetKey(key) for key in selection],
        raise_on_error=raise_on_error,
    )


def fail_for_good() -> PassingError:
    return PassingError("http://fake: 503")


def no_data() -> NotFoundError:
    return NotFoundError("http://fake: 404")

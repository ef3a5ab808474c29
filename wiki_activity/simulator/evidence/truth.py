"""What was planted, told to tests and benchmarks alone."""

from collections import Counter
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import numpy as np

from wiki_activity.domain.months import format_month, shift_month
from wiki_activity.simulator.activity import EDITOR_TYPES
from wiki_activity.simulator.evidence.causes import PlantedCause
from wiki_activity.simulator.evidence.edits import EditSource
from wiki_activity.simulator.evidence.plan import CONTENT
from wiki_activity.simulator.evidence.query_accounts import list_made
from wiki_activity.simulator.evidence.revisions import HIDDEN_USER_EVERY, RevisionReader
from wiki_activity.simulator.publication import number_month

STAYED_DAYS: Final = ((7, 30), (30, 60), (60, 90))


@dataclass(frozen=True, slots=True)
class CauseTruth:
    """A planted cause and what it did.

    Parameters
    ----------
    cause
        With all its fields filled in.
    first_day, last_day
        On which it was.
    extra_edits
        Content edits above the usual, by type of editor.
    carrying_edits
        So many of them carry it, by type of editor.
    shares
        Which share of the rise of a metric (`edits`, `people_edits`) it is; 0 where the metric does not rise.
    """

    cause: PlantedCause
    first_day: date
    last_day: date
    extra_edits: dict[str, int]
    carrying_edits: dict[str, int]
    shares: dict[str, float]


def find_truths(source: EditSource, project: str, month: date) -> list[CauseTruth]:
    """Find what was planted in one month of one wiki."""
    column = source.publication.find_column(project)
    plan = source.plan_month(column, number_month(month))
    return [
        CauseTruth(
            cause=cause,
            first_day=month + timedelta(days=cause.first_day - 1),
            last_day=month + timedelta(days=cause.last_day - 1),
            extra_edits={name: int(plan.extra[row, CONTENT]) for row, name in enumerate(EDITOR_TYPES)},
            carrying_edits={
                name: int(plan.counts[row, CONTENT, place + 1].sum()) for row, name in enumerate(EDITOR_TYPES)
            },
            shares={
                "edits": round(plan.share_of_rise(place, EDITOR_TYPES), 4),
                "people_edits": round(plan.share_of_rise(place, ("user", "anonymous")), 4),
            },
        )
        for place, cause in enumerate(plan.causes)
    ]


def count_stayed(source: EditSource, project: str, start: date, end: date) -> dict[str, Any]:
    """Count who stayed of the accounts that were made on a wiki from a day to another, both included.

    Of pages that still exist those with content count, and of accounts and edits those whose user was not hidden.

    Returns
    -------
    dict
        `accounts`, and in `stayed` for the days 7–30, 30–60 and 60–90 after the last day how many accounts made at
        least one edit, and at least five: `{"7-30": [12, 3], …}`.
    """
    column = source.publication.find_column(project)
    first, last = (_begin(day) for day in (start, end + timedelta(days=1)))
    made: list[int] = []
    for month in range(number_month(start), number_month(end) + 1):
        cohort = source.find_cohort(column, month)
        made += [one.made for one in list_made(cohort, month) if first <= one.time < last]
    stayed = {}
    for since, until in STAYED_DAYS:
        edits: Counter[int] = Counter()
        for day in source.walk_days(column, last + since * 86_400, last + until * 86_400 - 1):
            seen = day.exists & (day.pages == CONTENT) & (day.noise % HIDDEN_USER_EVERY > 0) & np.isin(day.user, made)
            edits.update(day.user[seen].tolist())
        stayed[f"{since}-{until}"] = [len(edits), sum(count >= 5 for count in edits.values())]
    return {"accounts": len(made), "stayed": stayed}


def list_secrets(source: EditSource, project: str, month: date) -> dict[str, list[str]]:
    """List what nobody may keep of one month of one wiki.

    Returns
    -------
    dict
        `users`: the names of all who edited and of all accounts made, bots' left out; `deleted_titles`: pages that were
        edited and are gone, with their own names of namespaces.
    """
    column = source.publication.find_column(project)
    reader = RevisionReader(source, column)
    cohort = source.find_cohort(column, number_month(month))
    users = set(cohort.accounts.tolist()) | set(cohort.visitors.tolist())
    gone: set[int] = set()
    for day in source.walk_days(column, _begin(month), _begin(shift_month(month, 1)) - 1):
        users.update(day.user[day.kind < EDITOR_TYPES.index("group-bot")].tolist())
        gone.update(day.page[~day.exists].tolist())
    return {
        "users": sorted(reader.name_user(user) for user in users),
        "deleted_titles": sorted(reader.name_page(page, canonical=False) for page in gone),
    }


def _begin(day: date) -> float:
    return datetime.combine(day, datetime.min.time(), UTC).timestamp()


def tell_causes(source: EditSource, project: str | None, month: str | None) -> list[dict[str, Any]]:
    """Tell of all causes to the newest published month, or of those of one wiki, or month written `2026-03`."""
    newest = source.publication.edition.newest_month
    keys = {
        (cause.project, cause.month): None
        for cause in source.causes.list_all()
        if cause.month <= newest and project in {None, cause.project} and month in {None, format_month(cause.month)}
    }
    return [
        {**asdict(truth), "cause": {**asdict(truth.cause), "month": format_month(truth.cause.month)}}
        | {"first_day": str(truth.first_day), "last_day": str(truth.last_day)}
        for key in keys
        for truth in find_truths(source, *key)
    ]

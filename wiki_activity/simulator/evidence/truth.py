"""What was planted, told to tests and benchmarks alone."""

from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from wiki_activity.domain.months import format_month
from wiki_activity.simulator.evidence.causes import PlantedCause
from wiki_activity.simulator.evidence.edits import EditSource
from wiki_activity.simulator.evidence.plan import CONTENT
from wiki_activity.simulator.publication import number_month


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
    types = ("user", "anonymous", "group-bot", "name-bot")
    return [
        CauseTruth(
            cause=cause,
            first_day=month + timedelta(days=cause.first_day - 1),
            last_day=month + timedelta(days=cause.last_day - 1),
            extra_edits={name: int(plan.extra[row, CONTENT]) for row, name in enumerate(types)},
            carrying_edits={name: int(plan.counts[row, CONTENT, place + 1].sum()) for row, name in enumerate(types)},
            shares={
                "edits": round(plan.share_of_rise(place, types), 4),
                "people_edits": round(plan.share_of_rise(place, types[:2]), 4),
            },
        )
        for place, cause in enumerate(plan.causes)
    ]


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

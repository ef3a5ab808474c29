"""`/healthz` and `/readyz`: whether the process answers, and whether it can read its data."""

from fastapi import APIRouter
from pydantic import Field

from wiki_activity.domain.months import format_month
from wiki_activity.explorer.api.base_model import Model
from wiki_activity.explorer.api.documented import problems
from wiki_activity.explorer.context import CurrentExplorer, Explorer
from wiki_activity.explorer.freshness import Freshness, read_freshness

router = APIRouter(tags=["health"])


class HealthModel(Model):
    """The process answers."""

    ok: bool


class ReadinessModel(Model):
    """The data can be read."""

    ok: bool
    newest_month: str | None = Field(description="Null while nothing is stored.", examples=["2026-09"])
    data_age_s: int | None = Field(description="Seconds since a refresh last went through all wikis.")


@router.get("/healthz", summary="Whether the process answers", response_model=HealthModel, responses=problems())
async def show_health() -> HealthModel:
    """Answer without looking at anything."""
    return HealthModel(ok=True)


@router.get("/readyz", summary="Whether the data can be read", response_model=ReadinessModel, responses=problems())
def show_readiness(explorer: CurrentExplorer) -> ReadinessModel:
    """Read how old the data are, now; 503 where they cannot be read. An empty database is ready to be filled."""
    freshness = read_freshness(explorer.engine, explorer.clock())
    newest = freshness.newest_month
    return ReadinessModel(
        ok=True,
        newest_month=None if newest is None else format_month(newest),
        data_age_s=find_age_seconds(explorer, freshness),
    )


def find_age_seconds(explorer: Explorer, freshness: Freshness) -> int | None:
    """Return how long ago a refresh last went through all wikis; None where none did."""
    if freshness.refreshed_at is None:
        return None
    return max(0, int((explorer.clock() - freshness.refreshed_at).total_seconds()))

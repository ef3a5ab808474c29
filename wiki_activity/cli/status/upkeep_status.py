"""What `status` tells of what keeps all this running: since when sensors tick no more, and the last run that failed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import click
from sqlalchemy import Engine

from wiki_activity.cli.setup import tell_duration
from wiki_activity.cli.up.folder_lock import find_holder
from wiki_activity.settings import Settings
from wiki_activity.ticks import find_last_tick
from wiki_activity.watch.failed_runs import FailedRun, find_failed_run

_QUIET = timedelta(minutes=2)
"""Sensors tick every half minute, and later where a machine is busy."""


@dataclass(frozen=True, slots=True)
class Upkeep:
    """How Dagster keeps things up here.

    Parameters
    ----------
    ticked_at
        When a sensor last ticked, UTC; None where none ever did.
    up
        The process of the `up` that works in the state folder; None where there is none, 0 where it is not known.
    failed_run
        The newest run that was told as failed; None where there is none.
    at
        When it was read.
    """

    ticked_at: datetime | None
    up: int | None
    failed_run: FailedRun | None
    at: datetime

    @property
    def is_quiet(self) -> bool:
        """Whether sensors ticked once and tick no more."""
        return self.ticked_at is not None and self.at - self.ticked_at > _QUIET

    def to_json(self) -> dict[str, Any]:
        """Return it as a JSON object; times are ISO, UTC."""
        failed = self.failed_run
        return {
            "ticked_at": None if self.ticked_at is None else self.ticked_at.isoformat(),
            "up": self.up,
            "failed_run": None if failed is None else {"at": failed.at.isoformat(), "message": failed.message},
        }


def read_upkeep(settings: Settings, engine: Engine | None, at: datetime) -> Upkeep:
    """Read it; without an engine nothing is known of runs."""
    failed = None if engine is None else find_failed_run(engine)
    return Upkeep(find_last_tick(settings.state_dir), find_holder(settings.state_dir), failed, at)


def tell_upkeep(upkeep: Upkeep, refreshed_at: datetime | None) -> None:
    """Tell it for people; a failed run only until a refresh has gone well after it."""
    failed = upkeep.failed_run
    if failed is not None and (refreshed_at is None or failed.at > refreshed_at):
        what = "The first load has not come to its end" if refreshed_at is None else "The last run that failed"
        click.secho(f"{what}: {failed.message} ({failed.at:%Y-%m-%d %H:%M} UTC)", fg="red")
    if upkeep.is_quiet:
        assert upkeep.ticked_at is not None
        silent = tell_duration((upkeep.at - upkeep.ticked_at).total_seconds())
        why = "no `up` works in this folder" if upkeep.up is None else "its logs say why"
        click.secho(
            f"Sensors:      nothing ticks since {upkeep.ticked_at:%Y-%m-%d %H:%M:%S} UTC, {silent}: {why}", fg="red"
        )

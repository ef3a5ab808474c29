"""`wiki-activity events`: which community events there are, and what is known of faults of the figures."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import click
from sqlalchemy import Engine

from wiki_activity.cli.exits import DONE, FAILED
from wiki_activity.cli.logs import tell
from wiki_activity.cli.setup import now, open_database, open_session, settings_from_environment
from wiki_activity.domain.community_events import choose_events
from wiki_activity.domain.months import parse_month
from wiki_activity.evidence.calendar import CalendarServices, make_calendar_services, refresh_calendar
from wiki_activity.storage.calendar_table import read_calendar


@click.command("events")
@click.option("--json", "as_json", is_flag=True, help="Print what is stored as one JSON object, and ask nobody.")
@click.option("--month", metavar="YYYY-MM", help="With --json: only the events that were on in a month.")
def command(*, as_json: bool, month: str | None) -> int:
    """Ask Event registration which community events there are, and Wikistats what it says of its figures.

    A first load takes some thousand requests, 2,000 of them in one call; each next one goes on, then asks for what is
    new and what has not ended.

    Ends with 0 when all that was asked for could be read, 1 when some could not (named), 2 on wrong use, 3 when the
    database is out of reach, 130 on Ctrl-C.
    """
    if month is not None and not as_json:
        message = "--month goes with --json"
        raise click.UsageError(message)
    settings = settings_from_environment()
    with open_database(settings) as engine:
        if as_json:
            click.echo(json.dumps(_list(engine, None if month is None else parse_month(month)), ensure_ascii=False))
            return DONE
        with open_session(settings, "evidence") as session:
            return tell_calendar(engine, make_calendar_services(settings, session))


def tell_calendar(engine: Engine, services: CalendarServices, tell: Callable[[str], None] = tell) -> int:
    """Ask all sources, and say what came; the exit code."""
    outcome = refresh_calendar(engine, services, now)
    events = outcome.events
    tell(
        f"events: {events.kept:,} stored, {events.gone:,} gone or tests, {events.left_out:,} left out, "
        f"{events.requests:,} requests; annotations of the figures: {outcome.annotations:,}"
    )
    for source, why in outcome.errors.items():
        tell(f"{source.value} could not be read, what is known stays: {why}")
    if not events.finished and events.error is None:
        tell("there are more; the next call goes on")
    return FAILED if outcome.errors else DONE


def _list(engine: Engine, month: date | None) -> dict[str, Any]:
    known = read_calendar(engine)
    events = known.events if month is None else choose_events(known.events, month)
    return {
        "events": [
            {
                "id": one.id,
                "name": one.name,
                "page": one.page,
                "page_wiki": one.page_dbname,
                "wikis": list(one.dbnames),
                "start": one.starts_at.isoformat(),
                "end": one.ends_at.isoformat(),
                "types": list(one.types),
                "dashboard_slug": one.dashboard_slug,
            }
            for one in events
        ],
        "annotations": [
            {
                "metric": one.metric.value,
                "day": one.day.isoformat(),
                "title": one.title,
                "note": one.note,
                "is_fault": one.is_fault,
            }
            for one in known.annotations
        ],
        "sources": {
            source.value: {
                "asked_at": state.asked_at.isoformat(),
                "read_at": None if state.read_at is None else state.read_at.isoformat(),
                "error": state.error,
            }
            for source, state in known.sources.items()
        },
    }

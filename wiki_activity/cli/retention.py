"""`wiki-activity retention`: who stayed of the accounts that were made on a wiki in some days."""

import json
from datetime import date
from typing import Any

import click
from sqlalchemy import Engine

from wiki_activity.cli.exits import DONE, FAILED
from wiki_activity.cli.logs import tell
from wiki_activity.cli.setup import now, open_database, open_session, settings_from_environment
from wiki_activity.domain.daily_history import DayRange
from wiki_activity.domain.months import parse_month
from wiki_activity.domain.notes import end_of_month
from wiki_activity.domain.peaks import Detector
from wiki_activity.domain.retention import RangeError, Retention, check_days, describe_retention
from wiki_activity.evidence.cohorts_due import forget_before, list_due_cohorts
from wiki_activity.evidence.retaining import Followed, Follower
from wiki_activity.evidence.services import make_follower
from wiki_activity.storage.retention_table import forget_accounts
from wiki_activity.storage.wiki_names import resolve_projects


@click.command("retention")
@click.argument("project", required=False)
@click.argument("first", metavar="[FIRST]", required=False)
@click.argument("last", metavar="[LAST]", required=False)
@click.option("--due", is_flag=True, help="All that are due: peaks' months, days that notes are about, what was asked.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(*, project: str | None, first: str | None, last: str | None, due: bool, as_json: bool) -> int:
    """Find how many accounts that were made on a wiki from FIRST to LAST still edit: days (2026-03-31) or months.

    Asked of 400 accounts at most, by about 15 to 40 requests, in the windows of days 7 to 30, 30 to 60 and 60 to 90
    after LAST; those that have not ended are asked for by --due once they have. No name is read or stored, and numbers
    of accounts only until the last window has ended.

    Ends with 0 when all could be read, 1 when some could not (named), 2 on wrong use, 3 when the database is out of
    reach, 130 on Ctrl-C.
    """
    if due == bool(project and first) or (due and (project or as_json)):
        message = "name a wiki and days, like hi.wikipedia.org 2026-03-01 2026-03-31, or say --due"
        raise click.UsageError(message)
    settings = settings_from_environment()
    with open_database(settings) as engine, open_session(settings, "retention") as session:
        follower = make_follower(settings, session, engine, now)
        if due:
            return follow_what_is_due(follower, settings.peak_detector)
        assert project is not None
        assert first is not None
        cohort = (_find_wiki(engine, project), _read_days(first, last or first))
        followed = follower.follow(cohort)
        if as_json:
            click.echo(json.dumps(_make_json(followed), ensure_ascii=False))
        else:
            _tell(followed)
        return FAILED if followed.gaps else DONE


def follow_what_is_due(follower: Follower, detector: Detector) -> int:
    """Follow all cohorts that are due; the exit code."""
    at = now()
    outcome = follower.follow_all(list_due_cohorts(follower.engine, detector, at), tell=tell)
    forget_accounts(follower.engine, forget_before(at))
    if outcome.left:
        tell(f"{len(outcome.left)} cohorts were not asked about, since nobody answers any more")
    return FAILED if outcome.left or any(one.gaps for one in outcome.followed) else DONE


def _read_days(first: str, last: str) -> DayRange:
    try:
        return check_days(DayRange(_read_edge(first, last=False), _read_edge(last, last=True)), now().date())
    except (RangeError, ValueError) as error:
        raise click.UsageError(str(error)) from error


def _read_edge(text: str, *, last: bool) -> date:
    if len(text) > len("2026-03"):
        return date.fromisoformat(text)
    month = parse_month(text)
    return end_of_month(month) if last else month


def _find_wiki(engine: Engine, name: str) -> str:
    found = resolve_projects(engine, [name])
    if len(found.names) != 1:
        message = f"there is no wiki {name!r:.120} among those that are stored"
        raise click.UsageError(message)
    return found.names[0]


def _tell(followed: Followed) -> None:
    for sentence in dict.fromkeys(describe_retention(one) for one in followed.windows):
        click.echo(sentence)
    for why in followed.gaps:
        tell(f"  {why}", colour="yellow", err=True)


def _make_json(followed: Followed) -> dict[str, Any]:
    project, days = followed.cohort
    return {
        "project": project,
        "first": days.first.isoformat(),
        "last": days.last.isoformat(),
        "requests": followed.requests,
        "windows": [_describe(one) for one in followed.windows],
    }


def _describe(one: Retention) -> dict[str, Any]:
    found, usual = one.found, one.usual
    return {
        "days_after": one.window.value,
        "known_from": one.known_from.isoformat(),
        "accounts": None if one.is_few else one.accounts,
        "few": one.is_few,
        "estimated": one.estimated,
        "asked": None if found is None else found.asked,
        "editing": None if found is None else found.editing,
        "active": None if found is None else found.active,
        "margin": one.margin,
        "usual_share": None if usual is None else usual.share,
        "error": one.error,
        "usual_error": one.usual_error,
        "sentence": describe_retention(one),
    }

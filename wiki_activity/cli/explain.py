"""`wiki-activity explain`: what was behind a peak, as far as Wikimedia's public services show it."""

import json
from datetime import date
from typing import Any

import click
from sqlalchemy import Engine

from wiki_activity.cli.exits import DONE, FAILED
from wiki_activity.cli.logs import tell
from wiki_activity.cli.setup import now, open_database, open_session, settings_from_environment
from wiki_activity.domain.finding_sentences import NOTHING_FOUND, describe_finding, describe_gap
from wiki_activity.domain.months import format_month, name_month, parse_month
from wiki_activity.evidence.choosing import list_due
from wiki_activity.evidence.explaining import Explained, Explainer
from wiki_activity.evidence.forgetting import forget_deleted
from wiki_activity.evidence.questions import NotToExplainError
from wiki_activity.evidence.services import make_services
from wiki_activity.settings import Settings
from wiki_activity.storage.wiki_names import resolve_projects
from wiki_activity.wikimedia.http import PoliteSession


@click.command("explain")
@click.argument("project", required=False)
@click.argument("month", metavar="[YYYY-MM]", required=False)
@click.option(
    "--due",
    is_flag=True,
    help="All that nobody has asked about yet: what readers want to know, and the newest month. Also looks whether "
    "pages that were told of still exist, each wiki's once in four weeks.",
)
@click.option("--anew", is_flag=True, help="Ask again what has been answered before.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(*, project: str | None, month: str | None, due: bool, anew: bool, as_json: bool) -> int:
    """Ask Wikimedia what was behind the peak of a wiki's month: about ten requests, fourteen at the most.

    What is found is counted and stored without any name of an account, bots' excepted. Asked again, it asks only those
    who could not be read.

    Ends with 0 when all could be read, 1 when some could not (named), 2 on wrong use, 3 when the database is out of
    reach, 130 on Ctrl-C.
    """
    if due == bool(project and month) or (due and (project or anew or as_json)):
        message = "name a wiki and a month, like hi.wikipedia.org 2026-03, or say --due"
        raise click.UsageError(message)
    settings = settings_from_environment()
    with open_database(settings) as engine, open_session(settings, "evidence") as session:
        explainer = make_explainer(engine, settings, session)
        if due:
            return explain_what_is_due(explainer)
        assert project is not None
        assert month is not None
        return _explain_one(explainer, _find_wiki(engine, project), parse_month(month), anew=anew, as_json=as_json)


def make_explainer(engine: Engine, settings: Settings, session: PoliteSession) -> Explainer:
    """Make what explains months, by the settings."""
    return Explainer(engine, make_services(settings, session), settings.peak_detector, settings.peak_percent, now)


def explain_what_is_due(explainer: Explainer) -> int:
    """Explain all months that are due, and forget pages that are gone; the exit code."""
    months = list_due(explainer.engine, explainer.detector, now())
    outcome = explainer.explain_all(months, tell=tell)
    forgotten = forget_deleted(explainer.engine, explainer.services.wiki, now())
    for project, titles in forgotten.titles.items():
        tell(f"{project}: {titles} pages that are gone are told no more")
    for why in outcome.left_out.values():
        tell(why)
    if outcome.left:
        tell(f"{len(outcome.left)} months were not asked for, since nobody answers any more")
    unread = outcome.left or forgotten.unread or any(one.gaps for one in outcome.explained)
    return FAILED if unread else DONE


def _explain_one(explainer: Explainer, project: str, month: date, *, anew: bool, as_json: bool) -> int:
    try:
        found = explainer.explain(project, month, anew=anew)
    except NotToExplainError as error:
        raise click.UsageError(str(error)) from error
    if as_json:
        click.echo(json.dumps(_make_json(found), ensure_ascii=False))
    else:
        _tell(found)
    return FAILED if found.gaps else DONE


def _find_wiki(engine: Engine, name: str) -> str:
    found = resolve_projects(engine, [name])
    if len(found.names) != 1:
        message = f"there is no wiki {name!r:.120} among those that are stored"
        raise click.UsageError(message)
    return found.names[0]


def _tell(found: Explained) -> None:
    click.echo(f"What we found: {found.question.project}, {name_month(found.question.month)}")
    for finding in found.findings:
        click.echo(f"  {describe_finding(finding)}")
        if finding.url:
            click.echo(f"    {finding.url}")
    if not (found.findings or found.gaps):
        click.echo(f"  {NOTHING_FOUND}")
    for source, why in found.gaps.items():
        tell(f"  {describe_gap(source)} {why}", colour="yellow", err=True)


def _make_json(found: Explained) -> dict[str, Any]:
    question = found.question
    return {
        "project": question.project,
        "month": format_month(question.month),
        "metric": question.metric.value,
        "requests": found.requests,
        "findings": [
            {
                "kind": one.kind.value,
                "subject": one.subject,
                "share": one.share,
                "margin": one.margin,
                "parameters": dict(one.parameters),
                "sentence": describe_finding(one),
                "url": one.url,
                "source": one.source.value,
                "asked_at": one.asked_at.isoformat(),
            }
            for one in found.findings
        ],
        "gaps": [{"source": source.value, "error": why} for source, why in found.gaps.items()],
    }

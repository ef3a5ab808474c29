"""`wiki-activity refresh`: the monthly use case for hands and cron."""

import json
import logging
from collections.abc import Sequence
from datetime import date

import click
from sqlalchemy import Engine

from wiki_activity.cli.exits import DONE, FAILED
from wiki_activity.cli.logs import tell
from wiki_activity.cli.refresh.due import refresh_what_is_due
from wiki_activity.cli.refresh.running import refresh_and_judge, tell_report
from wiki_activity.cli.setup import (
    now,
    open_database,
    open_session,
    settings_from_environment,
)
from wiki_activity.domain.counts import COUNT_SERIES, PEOPLE_SERIES, Series
from wiki_activity.domain.months import check_range, format_month, newest_ended_month, parse_month
from wiki_activity.domain.shards import parse_shard
from wiki_activity.domain.wikis import Wiki
from wiki_activity.monthly.people_counts import list_unasked
from wiki_activity.monthly.planning import choose_accepted, choose_projects, ensure_wikis
from wiki_activity.settings import Settings, hide_credentials
from wiki_activity.storage.provisional_table import newest_complete_month

_WAIT_SECONDS = 5.0


@click.command("refresh")
@click.option("--from", "first", metavar="YYYY-MM", help="First month to store  [default: WIKI_ACTIVITY_FIRST_MONTH]")
@click.option("--to", "last", metavar="YYYY-MM", help="Last month to store  [default: the newest ended month]")
@click.option("--wiki", "wanted", metavar="PROJECT", multiple=True, help="Only this wiki; may be repeated.")
@click.option(
    "--accept",
    metavar="PROJECT",
    multiple=True,
    help="Take this wiki's answers however implausible they are; may be repeated.",
)
@click.option(
    "--people",
    is_flag=True,
    help="Ask instead for registered editors, new accounts and new pages, wherever the newest month stored lacks them.",
)
@click.option(
    "--due",
    is_flag=True,
    help="Whatever is due by now, and nothing else: for cron, as often as you like, where there is no Dagster.",
)
@click.option(
    "--shard", metavar="K/N", help="Only the K-th of N parts of all wikis; peaks are found when all parts have come."
)
@click.option("--resume", is_flag=True, help="Go on with the last refresh that was left unfinished or with failures.")
@click.option("--wait", "waits", is_flag=True, help="Wait while another refresh is under way, instead of leaving.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    *,
    first: str | None,
    last: str | None,
    wanted: tuple[str, ...],
    accept: tuple[str, ...],
    people: bool,
    due: bool,
    shard: str | None,
    resume: bool,
    waits: bool,
    as_json: bool,
) -> int:
    """Fetch monthly counts of all wikis, store them and find peaks, without Dagster.

    What is read is stored once a second: whatever stops this command, nothing is lost, and `--resume` asks only for
    what is missing. Before it replaces anything, each answer is held against what is stored: one that has lost far too
    much is refused and named, and what was stored stays, unless --accept names the wiki.

    --due is what Dagster does by itself: it goes on with what was left unfinished, asks for all months where a new one
    is published or the last look at all is a week ago, then for the series of people and for days where they are
    lacking, for what authors of notes are called, and for what was behind peaks. It takes one request where nothing is
    due, and none while another refresh is under way: what is due is left to that one, or waited for with --wait.

    --shard divides a load among several machines. Each wiki is always in the same part of so many; parts run
    beside each other, any other refresh waits for them and they for it; the last one to end finds the peaks.

    Ends with 0 when all is done, 1 when some wikis failed (named, or told by cause), 2 on wrong use, 3 when the
    database is out of reach, 130 on Ctrl-C.
    """
    settings = settings_from_environment()
    part = None if shard is None else parse_shard(shard)
    chosen = bool(first or last or wanted or part)
    _check_usage(resume=resume, people=people, last=last, chosen=chosen, divided=bool(part and (wanted or people)))
    if due:
        if resume or people or chosen or accept or as_json:
            message = "--due chooses by itself what to ask for: leave out all else but --wait"
            raise click.UsageError(message)
        return refresh_what_is_due(settings, waits=waits)
    warnings: list[str] = []
    everybody: list[str] = []

    def warn(warning: str) -> None:
        if warning in warnings:
            return
        warnings.append(warning)
        tell(f"warning: {warning}", colour="yellow", level=logging.WARNING)

    def tell_loading() -> None:
        tell(f"Loading the list of wikis from {hide_credentials(settings.site_matrix_url)} …")

    kind = "people" if people else "refresh"
    with open_database(settings) as engine, open_session(settings, kind) as session:
        months = _choose_months(settings, first, _find_newest(engine) if people else last)

        def request() -> tuple[date, date, Sequence[str], Sequence[Series]]:
            wikis = ensure_wikis(engine, session, settings.site_matrix_url, now(), warn, on_load=tell_loading)
            if people and not wanted:
                chosen = _list_unasked(engine, wikis, settings, months[1])
            else:
                chosen = choose_projects(engine, wikis, settings.watchlist, wanted, warn)
            everybody[:] = chosen if part else []
            chosen = chosen if part is None else [project for project in chosen if part.holds(project)]
            choose_accepted(engine, accept, chosen, warn)
            return *months, chosen, PEOPLE_SERIES if people else COUNT_SERIES

        try:
            report = refresh_and_judge(
                engine,
                session,
                settings,
                request=None if resume else request,
                waits=waits,
                accept=lambda projects: choose_accepted(engine, accept, projects, warn),
                warnings=warnings,
                everybody=everybody,
                part=part,
            )
        except _NobodyLacksThemError:
            click.echo(f"Every wiki has answered for {format_month(months[1])}.")
            return DONE
    if as_json:
        click.echo(json.dumps(report.to_json(), ensure_ascii=False))
    else:
        tell_report(report)
    return FAILED if report.outcome.failed else DONE


def _check_usage(*, resume: bool, people: bool, last: str | None, chosen: bool, divided: bool) -> None:
    if divided:
        message = "--shard is a part of all wikis and of their counts: leave out --wiki and --people"
        raise click.UsageError(message)
    if resume and chosen:
        message = "--resume goes on with what was asked for then: leave out --from, --to, --wiki and --shard"
        raise click.UsageError(message)
    if people and (resume or last):
        message = "--people asks for what is missing up to the newest month stored: leave out --resume and --to"
        raise click.UsageError(message)


def _list_unasked(engine: Engine, wikis: Sequence[Wiki], settings: Settings, month: date) -> list[str]:
    projects = list_unasked(engine, wikis, settings.watchlist, month)
    if not projects:
        raise _NobodyLacksThemError
    return projects


def _find_newest(engine: Engine) -> str:
    newest = newest_complete_month(engine)
    if newest is None:
        message = "--people comes after the counts, and none are stored: `wiki-activity refresh` fetches them"
        raise click.UsageError(message)
    return format_month(newest)


def _choose_months(settings: Settings, first: str | None, last: str | None) -> tuple[date, date]:
    to = parse_month(last) if last else newest_ended_month(now())
    since = parse_month(first) if first else min(settings.first_month, to)
    check_range(since, to, now())
    return since, to


class _NobodyLacksThemError(Exception):
    """Every wiki has answered for the newest month."""

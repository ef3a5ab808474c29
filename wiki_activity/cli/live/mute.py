"""`wiki-activity mute`: no live messages of a wiki for a while."""

import click
from sqlalchemy import Engine

from wiki_activity.cli.setup import now, open_database, settings_from_environment
from wiki_activity.domain.names import ADVICE, is_host_name
from wiki_activity.domain.notices import DurationError, parse_duration
from wiki_activity.storage.mutes import mute, read_mutes, unmute
from wiki_activity.storage.patience import Patience
from wiki_activity.storage.wiki_names import resolve_projects


@click.command("mute")
@click.argument("wiki", required=False)
@click.argument("how_long", metavar="[24h|off]", required=False)
def command(*, wiki: str | None, how_long: str | None) -> None:
    """Mute a wiki's live messages: `mute en.wikipedia.org 24h`, `mute en.wikipedia.org off`.

    Without arguments, or with `list`, says which wikis are muted and until when. Write a duration in minutes, hours or
    days: 30m, 24h, 7d. The monthly digest is not affected, and busy spells are still kept and shown on the live page.
    """
    with open_database(settings_from_environment(), Patience.WATCHER) as engine:
        if wiki in {None, "list"}:
            _list(engine)
        elif how_long is None:
            message = f"say for how long: wiki-activity mute {wiki} 24h, or off"
            raise click.UsageError(message)
        elif how_long == "off":
            project = _find(engine, str(wiki))
            was_muted = unmute(engine, project)
            click.echo(f"{project} is heard again" if was_muted else f"{project} was not muted")
        else:
            _mute(engine, str(wiki), how_long)


def _mute(engine: Engine, wiki: str, how_long: str) -> None:
    try:
        duration = parse_duration(how_long)
    except DurationError as error:
        raise click.UsageError(str(error)) from error
    project = _find(engine, wiki)
    until = now() + duration
    mute(engine, project, until, now())
    click.echo(f"{project} is muted until {until:%Y-%m-%d %H:%M} UTC")


def _find(engine: Engine, wiki: str) -> str:
    """Find the one wiki that is meant, also one that is muted and no longer known."""
    if wiki in read_mutes(engine, now()):
        return wiki
    resolved = resolve_projects(engine, [wiki])
    for warning in resolved.warnings:
        if resolved.unknown:
            raise click.UsageError(warning)
        click.echo(f"warning: {warning}", err=True)
    (project,) = resolved.names
    if not is_host_name(project):
        message = f"{wiki!r} names no single wiki; {ADVICE}"
        raise click.UsageError(message)
    return project


def _list(engine: Engine) -> None:
    mutes = read_mutes(engine, now())
    if not mutes:
        click.echo("no wiki is muted")
    for project, until in mutes.items():
        click.echo(f"{project} is muted until {until:%Y-%m-%d %H:%M} UTC")

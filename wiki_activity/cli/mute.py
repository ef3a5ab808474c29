"""`wiki-activity mute`: no live messages of a wiki for a while."""

import difflib

import click
from sqlalchemy import Engine

from wiki_activity.cli.setup import now, open_database, settings_from_environment
from wiki_activity.domain.notices import DurationError, parse_duration
from wiki_activity.storage.mutes import mute, read_mutes, unmute
from wiki_activity.storage.patience import Patience
from wiki_activity.storage.wikis import load_wikis


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
            was_muted = unmute(engine, str(wiki))
            click.echo(f"{wiki} is heard again" if was_muted else f"{wiki} was not muted")
        else:
            _mute(engine, str(wiki), how_long)


def _mute(engine: Engine, project: str, how_long: str) -> None:
    try:
        duration = parse_duration(how_long)
    except DurationError as error:
        raise click.UsageError(str(error)) from error
    known = [wiki.project for wiki in load_wikis(engine)]
    if known and project not in known:
        near = difflib.get_close_matches(project, known, n=3, cutoff=0.6)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        message = f"unknown wiki: {project!r}{hint}"
        raise click.UsageError(message)
    until = now() + duration
    mute(engine, project, until, now())
    click.echo(f"{project} is muted until {until:%Y-%m-%d %H:%M} UTC")


def _list(engine: Engine) -> None:
    mutes = read_mutes(engine, now())
    if not mutes:
        click.echo("no wiki is muted")
    for project, until in mutes.items():
        click.echo(f"{project} is muted until {until:%Y-%m-%d %H:%M} UTC")

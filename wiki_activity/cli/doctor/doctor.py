"""`wiki-activity doctor`: what is right, what is not, and what to do about it."""

import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from wiki_activity.cli.doctor.check_addresses import check_addresses
from wiki_activity.cli.doctor.check_counts import check_counts
from wiki_activity.cli.doctor.check_evidence import check_evidence
from wiki_activity.cli.doctor.check_explorer import check_explorer
from wiki_activity.cli.doctor.check_stores import check_database, check_redis, check_state_folder
from wiki_activity.cli.doctor.check_surroundings import (
    check_contact,
    check_daemons,
    check_dagster_home,
    check_names,
    check_ports,
    check_variables,
    check_versions,
    check_webhooks,
)
from wiki_activity.cli.doctor.findings import Finding, Level
from wiki_activity.cli.exits import DONE, FAILED
from wiki_activity.cli.setup import settings_from_environment
from wiki_activity.settings import PREFIX, SettingError, Settings, read_settings

_COLOURS = {Level.OK: "green", Level.WARN: "yellow", Level.FAIL: "red"}


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--evidence",
    is_flag=True,
    help="Ask only the services that say what a peak was, each once, and say whether they answer as described.",
)
@click.option("--wiki", default="hi.wikipedia.org", show_default=True, help="With --evidence: which wiki to ask about.")
@click.option(
    "--save",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="With --evidence: a folder for the answers, in which whatever may name somebody is replaced.",
)
def command(*, as_json: bool, evidence: bool, wiki: str, folder: Path | None) -> int:
    """Check the settings, the servers and the addresses, and say what to do.

    Each of Wikimedia's addresses gets one small request; nothing is sent to Slack, and no secret is printed. Ends with
    0 when nothing fails, 1 otherwise; warnings do not count.
    """
    if folder is not None and not evidence:
        message = "--save goes with --evidence"
        raise click.UsageError(message)
    findings = []
    for finding in _examine_evidence(wiki, folder) if evidence else examine(os.environ):
        findings.append(finding)
        if not as_json:
            _tell(finding)
    fails = any(finding.level is Level.FAIL for finding in findings)
    if as_json:
        click.echo(json.dumps({"ok": not fails, "findings": [_to_json(finding) for finding in findings]}))
    return FAILED if fails else DONE


def _examine_evidence(wiki: str, folder: Path | None) -> Iterator[Finding]:
    yield from check_evidence(settings_from_environment(), wiki, folder)


def examine(environment: Mapping[str, str]) -> Iterator[Finding]:
    """Yield what is found, check by check; wrong settings leave out the checks that need them."""
    settings, wrong = read_settings_or_errors(environment)
    yield check_versions()
    for error in wrong:
        yield Finding("settings", Level.FAIL, error, "correct it, or unset it")
    yield from check_variables(environment)
    if settings is None:
        yield Finding("servers", Level.WARN, "not checked while a setting is wrong", "correct the settings first")
    else:
        yield check_contact(settings)
        yield check_state_folder(settings)
        yield check_database(settings)
        yield from check_names(settings)
        counts = check_counts(settings)
        if counts is not None:
            yield counts
        yield check_redis(settings)
        yield from check_webhooks(settings)
    yield check_dagster_home(environment, None if settings is None else settings.state_dir)
    if settings is not None:
        yield check_daemons(environment, settings.state_dir)
    yield from check_explorer(environment)
    yield from check_ports()
    if settings is not None:
        yield from check_addresses(settings)


def read_settings_or_errors(environment: Mapping[str, str]) -> tuple[Settings | None, list[str]]:
    """Read the settings; where some are wrong, say of each of them what is."""
    left, errors = dict(environment), []
    while True:
        try:
            settings = read_settings(left)
        except SettingError as error:
            errors.append(str(error))
            named = re.match(rf"{PREFIX}[A-Z_]+", str(error))
            if named is None or left.pop(named[0], None) is None:
                return None, errors
        else:
            return (None if errors else settings), errors


def _tell(finding: Finding) -> None:
    level = click.style(f"{finding.level:<4}", fg=_COLOURS[finding.level])
    click.echo(f"{level}  {finding.check}: {finding.message}")
    if finding.todo and finding.level is not Level.OK:
        click.echo(f"      → {finding.todo}")


def _to_json(finding: Finding) -> dict[str, str]:
    return {
        "check": finding.check,
        "level": str(finding.level),
        "message": finding.message,
        "todo": finding.todo,
    }

"""`wiki-activity migrate`."""

import click

from wiki_activity.cli.setup import create_engine, settings_from_environment
from wiki_activity.storage.driver_errors import describe
from wiki_activity.storage.migrate import migrate


@click.command("migrate")
def command() -> None:
    """Bring the database's tables up to date.

    Safe to run again, and while others run it. A database made by the earlier program (Community Activity Alerts) is
    adopted in place: every row is kept, and its labels become annotations.
    """
    engine = create_engine(settings_from_environment())
    try:
        report = migrate(engine)
    finally:
        engine.dispose()
    place = describe(engine.url)
    if not report.changed:
        click.echo(f"{place}: the tables are up to date ({report.after})")
        return
    click.echo(f"{place}: from {report.before or 'nothing'} to {report.after}")
    for table, rows in report.carried.items():
        click.echo(f"  {rows:,} rows of the earlier program's {table} carried over")
    for table, reason in report.kept.items():
        click.echo(f"  {table} was left: {reason}")

"""`wiki-activity export-legacy`: the way back to *Community Activity Alerts*."""

import os

import click

from wiki_activity.cli.exits import DONE
from wiki_activity.cli.setup import open_existing, settings_from_environment
from wiki_activity.settings import expand
from wiki_activity.storage.database import create_database_engine
from wiki_activity.storage.driver_errors import describe
from wiki_activity.storage.legacy_tables import write_legacy_tables


@click.command("export-legacy")
@click.argument("address")
def command(*, address: str) -> int:
    """Write what is stored into the tables of Community Activity Alerts, in a database at ADDRESS that has none.

    That program reads it as its own: counts, the peaks of its rule, and notes on single months of one wiki as labels
    and annotations. In ADDRESS, as in DATABASE_URL, ${NAME} stands for another variable, so that no password need be
    on the command line. Nothing is changed in the database that is read.
    """
    with open_existing(settings_from_environment()) as engine:
        if engine is None:
            message = "there is nothing to export: the database has no tables"
            raise click.ClickException(message)
        target = create_database_engine(expand(os.environ, "ADDRESS", address))
        try:
            written = write_legacy_tables(engine, target)
        finally:
            target.dispose()
    click.echo(f"{describe(target.url)}:")
    for table, rows in written.items():
        click.echo(f"  {table}: {rows:,} rows")
    return DONE

"""The `wiki-activity` command: one group, its commands loaded when they are used."""

import importlib
import logging
import os
import signal
import sys
import threading
from contextlib import suppress
from types import FrameType
from typing import Any, NoReturn

import click

from wiki_activity import __version__
from wiki_activity.cli.exits import INTERRUPTED, exit_code_of
from wiki_activity.cli.logs import logs_json, set_up_logs, tell, tell_error
from wiki_activity.settings import SettingError

COMMANDS = {
    "demo": ("demo.demo", "Everything at once, against a simulated Wikimedia and Slack."),
    "doctor": ("doctor.doctor", "Check the settings, the servers and the addresses, and say what to do."),
    "events": ("events", "Which community events there are, and what is known of faults of the figures."),
    "explain": ("explain", "What was behind a peak, as far as Wikimedia's public services show it."),
    "explore": ("explorer.explore", "Serve the web explorer: look, compare, annotate, watch."),
    "export-legacy": (
        "export_legacy",
        "Write what is stored into the tables of Community Activity Alerts.",
    ),
    "health": ("health", "Whether one of the processes does its work, for health checks."),
    "migrate": ("migrate", "Bring the database's tables up to date; adopts one made by the earlier program."),
    "mute": ("live.mute", "No live messages of a wiki for a while."),
    "notify": ("live.notify", "Show the messages and what became of them, or send test messages."),
    "refresh": ("refresh.refresh", "Fetch monthly counts, store them and find peaks, without Dagster."),
    "replay": ("live.replay", "What would have been alerted, on a recorded stream or on the last hours."),
    "retention": ("retention", "How many accounts that were made on a wiki in some days still edit."),
    "simulate": ("simulate", "Serve a simulated Wikimedia and Slack on loopback."),
    "status": ("status.status", "How fresh and how complete the stored counts are."),
    "up": ("up.up", "Everything at once, against the real Wikimedia."),
    "watch": ("live.watch", "Watch the live stream and tell Slack, without Dagster."),
    "worker": ("worker", "Work off Dagster's runs from Celery's queues."),
}
"""By name: the module, within this package, that holds it, and what it does."""
_WITH_CHILDREN = {"up", "demo"}
"""Commands that first let others end."""
_STOP_SECONDS = 8.0


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called: `--help` stays quick."""

    def invoke(self, ctx: click.Context) -> Any:
        """Call a command; click prints an empty line when it is interrupted, which is no JSON."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            if not logs_json():
                raise
            raise click.Abort from error

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Name the commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import a command: `command` of its module."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"wiki_activity.cli.{COMMANDS[cmd_name][0]}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, told) for name, (_, told) in COMMANDS.items()])


@click.command(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Settings come from the environment, WIKI_ACTIVITY_…; the README lists them, `doctor` checks them.",
)
@click.version_option(__version__, prog_name="wiki-activity")
@click.option("-v", "--verbose", is_flag=True, help="Log what is done, one line per unit of work.")
@click.pass_context
def cli(context: click.Context, *, verbose: bool) -> None:
    """Monthly and live edit activity of every Wikimedia wiki, and the moments in which it stands out."""
    set_up_logs(os.environ, context.invoked_subcommand, verbose=verbose)
    if context.invoked_subcommand not in _WITH_CHILDREN:
        signal.signal(signal.SIGTERM, _interrupt_in_time)


def main() -> None:
    """Run the command, turning what can go wrong into one line and an exit code."""
    signal.signal(signal.SIGTERM, _interrupt)
    # A command's module takes seconds to import, and may be interrupted by then: what is said of that is JSON, too.
    with suppress(SettingError):
        set_up_logs(os.environ, None, verbose=False)
    try:
        code = cli.main(standalone_mode=False)
    except click.ClickException as error:
        if logs_json():
            tell_error(error.format_message())
        else:
            error.show()
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        tell("interrupted", err=True)
        code = INTERRUPTED
    except Exception as error:
        known = exit_code_of(error)
        if known is None:
            raise
        tell_error(error)
        code = known
    _leave(code)


def _leave(code: int | None) -> NoReturn:
    if threading.active_count() > 1:
        # Everything is stored and closed; requests under way would hold the process up until they time out.
        logging.shutdown()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code or 0)
    sys.exit(code)


def _interrupt_in_time(signal_number: int, frame: FrameType | None) -> None:
    # Whoever sends it kills us some seconds later. What is stored is whole at any moment, so nothing is lost by going
    # while a server hangs to which we would say goodbye.
    timer = threading.Timer(_STOP_SECONDS, os._exit, [INTERRUPTED])
    timer.daemon = True
    timer.start()
    _interrupt(signal_number, frame)


def _interrupt(signal_number: int, frame: FrameType | None) -> None:  # noqa: ARG001
    raise KeyboardInterrupt

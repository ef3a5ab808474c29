"""One supervisor for several processes: when one dies all end, and its name is said."""

import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
from honcho.manager import SYSTEM_PRINTER_NAME, Manager
from honcho.printer import Message, Printer

_TAIL_LINES = 20


@dataclass(frozen=True, slots=True)
class Program:
    """One process to run.

    Parameters
    ----------
    name
        For people.
    command
        Program and arguments.
    shown
        Whether its output is shown; else it goes into its log.
    """

    name: str
    command: Sequence[str]
    shown: bool = False


class _QuietPrinter(Printer):  # type: ignore[misc]
    """Shows what programs say, and keeps the name of the first that stopped; honcho's own chatter is left out."""

    def __init__(self) -> None:
        super().__init__(sys.stdout)
        self.first_stopped: str | None = None

    def write(self, message: Message) -> None:
        if message.name != SYSTEM_PRINTER_NAME:
            super().write(message)
        elif " stopped (rc=" in str(message.data) and self.first_stopped is None:
            self.first_stopped = str(message.data).split(" stopped", maxsplit=1)[0]


def supervise(
    programs: Sequence[Program], environment: Mapping[str, str], log_dir: Path, expected: str | None = None
) -> int:
    """Run programs until one of them ends or somebody interrupts; then end them all.

    Parameters
    ----------
    environment
        Of every program.
    log_dir
        Where the output goes of those that are not shown, `NAME.log`.
    expected
        The program whose end is no accident.

    Returns
    -------
    int
        The exit code of the program that ended first; 130 or 143 when interrupted.
    """
    log_dir.mkdir(parents=True, exist_ok=True)
    printer = _QuietPrinter()
    manager = Manager(printer)
    for program in programs:
        command = f"exec {shlex.join(program.command)}"
        if not program.shown:
            log = log_dir / f"{program.name}.log"
            log.write_bytes(b"")
            command += f" >> {shlex.quote(str(log))} 2>&1"
        manager.add_process(program.name, command, env=dict(environment))
    manager.loop()
    stopped = printer.first_stopped
    if stopped is not None and stopped != expected and manager.returncode not in {130, 143}:
        _tell_accident(stopped, int(manager.returncode or 0), log_dir / f"{stopped}.log")
        return int(manager.returncode or 1)
    return int(manager.returncode or 0)


def _tell_accident(name: str, code: int, log: Path) -> None:
    click.secho(f"{name} ended with exit code {code}, so everything was ended.", fg="red", err=True)
    if not log.exists():
        return
    click.echo(f"The end of its log, {log}:", err=True)
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines()[-_TAIL_LINES:]:
        click.echo(f"  {line}", err=True)

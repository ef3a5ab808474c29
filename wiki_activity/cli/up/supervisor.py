"""One supervisor for several processes: what dies is named and started again; all end with it, however it ends."""

import os
import selectors
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import click

from wiki_activity.cli.full_disk import explain_full_disk
from wiki_activity.cli.up.log_file import LogFile
from wiki_activity.cli.up.process_group import LentGroup, end_with, lend_group

_FIRST_DELAY_SECONDS = 1.0
_LONGEST_DELAY_SECONDS = 60.0
_STEADY_SECONDS = 60.0
"""Whoever lived so long starts again without the delay that its former deaths had earned."""
_PROBE_SECONDS = 0.25
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


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
    after
        A Unix socket that has to take connections before the program is started; None starts it at once.
    ends_all
        Whether its end, whatever the exit code, is the end of all.
    """

    name: str
    command: Sequence[str]
    shown: bool = False
    after: Path | None = None
    ends_all: bool = False


@dataclass(slots=True)
class _Child:
    """One program as it stands: running, or to be started when `due` has come."""

    program: Program
    log: LogFile
    process: "subprocess.Popen[bytes] | None" = None
    began: float = 0.0
    due: float = 0.0
    delay: float = _FIRST_DELAY_SECONDS


def supervise(
    programs: Sequence[Program], environment: Mapping[str, str], log_dir: Path, keep_open: Sequence[int] = ()
) -> int:
    """Run programs until somebody interrupts, or one whose end is the end of all has ended.

    One that dies is named and started again, after a second, then two, and so on up to a minute. Should this process
    itself die, even by SIGKILL, a small one beside it ends all the others.

    Parameters
    ----------
    environment
        Of every program.
    log_dir
        Where the output goes of those that are not shown, `NAME.log`: appended, and bounded in size.
    keep_open
        Open files that are to stay open until all have ended: locks.

    Returns
    -------
    int
        The exit code of the program that ended all; 130 or 143 when interrupted.
    """
    log_dir.mkdir(parents=True, exist_ok=True)
    with _listening_for_signals() as woken, lend_group(keep_open) as group:
        return _Supervisor(programs, environment, log_dir, woken, group).run()


class _Supervisor:
    def __init__(
        self,
        programs: Sequence[Program],
        environment: Mapping[str, str],
        log_dir: Path,
        woken: socket.socket,
        group: LentGroup,
    ) -> None:
        self._children = [_Child(one, LogFile(log_dir / f"{one.name}.log")) for one in programs]
        # A redis.py in the folder where this was called is not the Redis that is meant.
        self._environment = {**environment, "PYTHONSAFEPATH": "1"}
        self._folder = log_dir
        self._group = group
        self._code: int | None = None
        self._full: str | None = None
        self._woken = woken
        self._selector = selectors.DefaultSelector()
        self._selector.register(woken, selectors.EVENT_READ)

    def run(self) -> int:
        """Run until the end of all; return its exit code."""
        while not self._is_over():
            if self._group.renew_warden():
                click.secho(
                    "The process that ends all others with this one had died; it was started again.", fg="red", err=True
                )
            self._look_at_disk()
            wait = min((self._look_at(child) for child in self._children), default=None)
            for key, _ in self._selector.select(0 if self._is_over() else wait):
                self._take(key)
        for child in self._children:
            child.log.close()
        return self._code or 0

    def _is_over(self) -> bool:
        return self._code is not None

    def _look_at_disk(self) -> None:
        """Say once that the disk is full, for nobody need die of it, and once that it is over."""
        full, before = explain_full_disk(self._folder), self._full
        self._full = full
        if (full is None) != (before is None):
            click.secho(full or f"There is room on the disk of {self._folder} again.", fg="red", err=True)

    def _look_at(self, child: _Child) -> float:
        """Note a death, start what is due; return after how many seconds to look again."""
        process, now = child.process, time.monotonic()
        if process is not None:
            if process.poll() is None:
                return _LONGEST_DELAY_SECONDS
            self._bury(child, process, now)
        if now < child.due:
            return child.due - now
        if child.program.after is not None and not _takes_connections(child.program.after):
            return _PROBE_SECONDS
        self._start(child, now)
        return _LONGEST_DELAY_SECONDS

    def _start(self, child: _Child, now: float) -> None:
        program = child.program
        output = None if program.shown else subprocess.PIPE
        child.process = subprocess.Popen(  # noqa: S603 - the programs are ours
            program.command,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=None if program.shown else subprocess.STDOUT,
            process_group=self._group.number,
            preexec_fn=partial(end_with, os.getpid()),  # noqa: PLW1509 - there is one thread
        )
        child.began = now
        if child.process.stdout is not None:
            os.set_blocking(child.process.stdout.fileno(), False)
            self._selector.register(child.process.stdout, selectors.EVENT_READ, child)

    def _bury(self, child: _Child, process: "subprocess.Popen[bytes]", now: float) -> None:
        child.process = None
        lived = now - child.began
        code = process.returncode
        if child.program.ends_all:
            self._code = code if code >= 0 else 128 - code
            return
        if lived >= _STEADY_SECONDS:
            child.delay = _FIRST_DELAY_SECONDS
        child.due = now + child.delay
        how = f"exit code {code}" if code >= 0 else signal.Signals(-code).name
        message = (
            f"{child.program.name} ended with {how} after {lived:.0f} s; it is started again in {child.delay:.0f} s."
        )
        child.delay = min(2 * child.delay, _LONGEST_DELAY_SECONDS)
        click.secho(message, fg="red", err=True)
        full = explain_full_disk(self._folder)
        if full is not None:
            click.secho(full, fg="red", err=True)
        elif child.log.tail:
            click.echo(f"The end of its log, {child.log.path}:", err=True)
            for line in child.log.tail:
                click.echo(f"  {line}", err=True)
        child.log.write(f"{message}\n".encode())

    def _take(self, key: selectors.SelectorKey) -> None:
        """Take what a program says into its log; note the signals that came."""
        if key.fileobj is self._woken:
            numbers = set(self._woken.recv(4096))
            for number in _SIGNALS:
                if number in numbers:
                    self._code = 128 + number
            return
        assert not isinstance(key.fileobj, int)
        child: _Child = key.data
        said = os.read(key.fd, 65536)
        if said:
            child.log.write(said)
        else:
            # The write end is closed by all that had it, what the program itself had started included.
            self._selector.unregister(key.fileobj)
            key.fileobj.close()  # type: ignore[attr-defined]


@contextmanager
def _listening_for_signals() -> Iterator[socket.socket]:
    """Have signals written into a socket, so that they can be waited for together with what programs say."""
    reading, writing = socket.socketpair()
    reading.setblocking(False)  # noqa: FBT003
    writing.setblocking(False)  # noqa: FBT003
    numbers = (*_SIGNALS, signal.SIGCHLD)
    before = {number: signal.signal(number, lambda *_: None) for number in numbers}
    waker = signal.set_wakeup_fd(writing.fileno(), warn_on_full_buffer=False)
    try:
        yield reading
    finally:
        signal.set_wakeup_fd(waker)
        for number, handler in before.items():
            signal.signal(number, handler)
        reading.close()
        writing.close()


def _takes_connections(address: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        try:
            probe.connect(str(address))
        except OSError:
            return False
    return True

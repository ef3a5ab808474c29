"""Servers that belong to one test, so that it may stop, freeze and starve them; without the program it skips."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pymysql
import redis

from wiki_activity_tests.servers import give_up

_START_SECONDS = 60
_LOOPBACK = "127.0.0.1"


@dataclass
class OwnServer:
    """A server process on a port of its own, of loopback unless it is on another host."""

    url: str
    command: Sequence[str]
    answers: Callable[[], bool]
    port: int
    host: str = _LOOPBACK
    process: "subprocess.Popen[bytes] | None" = field(default=None)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self.process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + _START_SECONDS
        while not self.answers():
            assert self.process.poll() is None, f"{self.command[0]} has ended"
            assert time.monotonic() < until, f"{self.command[0]} does not answer"
            time.sleep(0.05)

    def freeze(self) -> None:
        """Let it hang: it takes connections, and answers nothing."""
        self._signal(signal.SIGSTOP)
        assert self.process is not None
        # On a busy machine it answers once more before it has noticed.
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)

    def thaw(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def stop(self) -> None:
        """End it at once."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                self._signal(signal.SIGKILL)
            self.process.wait()
            self.process = None

    def _signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        os.kill(self.process.pid, number)


@contextmanager
def own_mariadb(port: int | None = None, host: str = _LOOPBACK, machine: Sequence[str] = ()) -> Iterator[OwnServer]:
    """Lend a MariaDB with an empty database `activity`, at any free port; root has no password.

    Parameters
    ----------
    host
        Its address.
    machine
        What begins each command on the host that has it.
    """
    program, install = _find("mariadbd", "mysqld"), _find("mariadb-install-db")
    # A socket's path may have a hundred characters: pytest's own folders are too long.
    with tempfile.TemporaryDirectory(prefix="wa-") as folder:
        data = f"{folder}/data"
        plain = ["--no-defaults", f"--datadir={data}", *(["--user=root"] if os.geteuid() == 0 else [])]
        made = [install, *plain, "--auth-root-authentication-method=normal", "--skip-test-db"]
        subprocess.run(made, check=True, capture_output=True)
        port = port or _free_port()
        first = Path(folder, "first.sql")
        first.write_text("create user if not exists root@'%';\ngrant all on *.* to root@'%' with grant option;\n")
        own = [f"--socket={folder}/s", f"--pid-file={folder}/pid", f"--port={port}", f"--bind-address={host}"]
        own += [] if host == _LOOPBACK else [f"--init-file={first}", "--skip-name-resolve"]
        small = ["--innodb-buffer-pool-size=16M", "--innodb-log-file-size=8M", "--skip-log-bin"]
        server = OwnServer(
            f"mysql+pymysql://root@{host}:{port}/activity",
            [*machine, program, *plain, *own, *small],
            lambda: _has_database(host, port),
            port,
            host,
        )
        yield from _lend(server)


@contextmanager
def own_redis(host: str = _LOOPBACK, machine: Sequence[str] = ()) -> Iterator[OwnServer]:
    """Lend an empty Redis that saves nothing; parameters are those of :func:`own_mariadb`."""
    port = _free_port()
    own = ["--port", str(port), "--bind", host, "--protected-mode", "no", "--save", ""]
    command = [*machine, _find("redis-server", "valkey-server"), *own]
    yield from _lend(OwnServer(f"redis://{host}:{port}/0", command, lambda: _pongs(host, port), port, host))


def run_sql(server: OwnServer, *statements: str) -> None:
    """Run statements as root, each committed."""
    with pymysql.connect(host=server.host, port=server.port, user="root", autocommit=True) as connection:
        for statement in statements:
            connection.cursor().execute(statement)


def _lend(server: OwnServer) -> Iterator[OwnServer]:
    try:
        server.start()
        yield server
    finally:
        server.stop()


def _find(*names: str) -> str:
    found = next(filter(None, map(shutil.which, [*names, *(f"/usr/sbin/{name}" for name in names)])), None)
    return found or give_up(f"no {' or '.join(names)}")


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def _has_database(host: str, port: int) -> bool:
    try:
        with pymysql.connect(host=host, port=port, user="root", connect_timeout=1, read_timeout=5) as connection:
            connection.cursor().execute("create database if not exists activity")
    except pymysql.err.OperationalError:
        return False
    return True


def _pongs(host: str, port: int) -> bool:
    with redis.Redis(host, port, socket_timeout=5) as client, suppress(redis.RedisError):
        return bool(client.ping())
    return False

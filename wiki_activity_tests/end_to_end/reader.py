"""Somebody who reads all the time, one page after the other, and writes down what did not come."""

import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import httpx

from wiki_activity_tests.end_to_end.running import wait_for
from wiki_activity_tests.explorer.accounts.proxy import NAME

PAGES: Final = ("/", "/p/en.wikipedia.org", "/peaks", "/live", "/api/v1/projects/en.wikipedia.org/series")


@dataclass
class Reader:
    """Somebody who reads through the proxy, one page after the other, all the time."""

    client: httpx.Client
    answered: int = 0
    database_is_away: bool = False
    said_so: int = 0
    longest_seconds: float = 0.0
    failed: list[str] = field(default_factory=list)
    _ended: threading.Event = field(default_factory=threading.Event)

    def read(self) -> None:
        """Read until told to stop."""
        number = 0
        while not self._ended.wait(0.3):
            path, number = PAGES[number % len(PAGES)], number + 1
            began, may_say_so = time.monotonic(), self.database_is_away
            try:
                status = self.client.get(path).status_code
            except httpx.TransportError as error:
                status = repr(error)
            self.longest_seconds = max(self.longest_seconds, time.monotonic() - began)
            if status == httpx.codes.OK:
                self.answered += 1
            elif status == httpx.codes.SERVICE_UNAVAILABLE and (may_say_so or self.database_is_away):
                self.said_so += 1
            else:
                self.failed.append(f"{datetime.now(UTC):%H:%M:%S} {path}: {status}")

    def has_pages(self) -> bool:
        """Tell whether pages come."""
        return all(self.client.get(path).status_code == httpx.codes.OK for path in PAGES)

    def stop(self) -> None:
        """Stop."""
        self._ended.set()


@contextmanager
def reading_pages(certificate: Path) -> Iterator[Reader]:
    """Have somebody read in a thread until the block is left."""
    context = ssl.create_default_context(cafile=str(certificate))
    with httpx.Client(base_url=f"https://{NAME}", verify=context, timeout=60) as client:
        wait_for("both explorers", lambda: all(client.get(path).status_code == 200 for path in (*PAGES, *PAGES)))
        reader = Reader(client)
        thread = threading.Thread(target=reader.read)
        thread.start()
        try:
            yield reader
        finally:
            reader.stop()
            thread.join(120)

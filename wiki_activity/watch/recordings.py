"""Recorded streams: events as ndjson, or times of edits as CSV, plain or gzip."""

import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final

from wiki_activity.domain.event_clock import FAR_AHEAD_SECONDS
from wiki_activity.wikimedia.events import Edit, EditDecoder
from wiki_activity.wikimedia.refusals import BrokenMessages

_GZIP: Final = b"\x1f\x8b"
_MARK: Final = b"\xef\xbb\xbf"
_CALM_SECONDS: Final = 6 * 3600
_AT_ONCE: Final = 1000
_TIME_COLUMN: Final = "time"
_BOT_COLUMNS: Final = frozenset({"isrobot", "isbot", "is_bot", "bot"})
_YES: Final = frozenset({"1", "true", "yes"})
_EPOCH_MILLISECONDS: Final = 10**11


class RecordingError(Exception):
    """A file cannot be read as a recording; the message names it and says why."""


def read_recording(path: Path, project: str, broken: BrokenMessages) -> Iterator[list[Edit]]:
    """Read the article edits of a recording, some at a time.

    A file that begins with a brace has one event a line. Every other one is CSV: its header names a column that begins
    with `time` (ISO 8601, or epoch seconds or milliseconds), and may name one of bots (`isRobot`, `bot`); all its rows
    are article edits of one wiki.

    Parameters
    ----------
    path
        The file.
    project
        The wiki of a CSV file.
    broken
        Where to count lines that cannot be used, a torn last one for instance.

    Raises
    ------
    RecordingError
        If the file cannot be opened, or a CSV has no column of times.
    """
    with _opened(path) as content:
        lines = _read_lines(content, broken)
        first = next(lines, b"").removeprefix(_MARK)
        if first.startswith(b"{"):
            yield from _read_events(first, lines, broken)
        elif first:
            try:
                yield from _read_times(path, first, lines, project, broken)
            except csv.Error as error:
                msg = f"{path} cannot be read as CSV: {error}"
                raise RecordingError(msg) from error


def longest_gap_seconds(path: Path) -> int:
    """Return how far ahead of the newest an event time may be by itself in such a recording.

    Times of one wiki alone have long gaps; events have none, and one that is an hour ahead of its neighbours is broken.

    Raises
    ------
    RecordingError
        If the file cannot be read.
    """
    with _opened(path) as content:
        return FAR_AHEAD_SECONDS if content.read(len(_MARK) + 1).removeprefix(_MARK)[:1] == b"{" else _CALM_SECONDS


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        with path.open("rb") as file:
            packed = file.read(len(_GZIP)) == _GZIP
            file.seek(0)
            yield io.BufferedReader(gzip.GzipFile(fileobj=file)) if packed else file
    except OSError as error:
        msg = f"{path} cannot be read: {error.strerror or error}"
        raise RecordingError(msg) from error


def _read_lines(content: BinaryIO, broken: BrokenMessages) -> Iterator[bytes]:
    while True:
        try:
            line = content.readline()
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            broken.add("a compressed file that breaks off", str(error))
            return
        if not line:
            return
        if line.strip():
            yield line


def _read_events(first: bytes, lines: Iterator[bytes], broken: BrokenMessages) -> Iterator[list[Edit]]:
    decoder = EditDecoder(broken)
    yield decoder.decode([first])
    while some := list(islice(lines, _AT_ONCE)):
        yield decoder.decode(some)


def _read_times(
    path: Path, header: bytes, lines: Iterator[bytes], project: str, broken: BrokenMessages
) -> Iterator[list[Edit]]:
    names = [name.strip().lower() for name in next(csv.reader([header.decode("utf-8", "replace")]))]
    time_column = next((place for place, name in enumerate(names) if name.startswith(_TIME_COLUMN)), None)
    if time_column is None:
        msg = f"{path} has neither events as JSON nor a column whose name begins with {_TIME_COLUMN!r}"
        raise RecordingError(msg)
    bot_column = next((place for place, name in enumerate(names) if name in _BOT_COLUMNS), None)
    rows = csv.reader(line.decode("utf-8", "replace") for line in lines)
    number = 0
    while some := list(islice(rows, _AT_ONCE)):
        edits = []
        for row in some:
            number += 1
            moment = _read_moment(row[time_column]) if len(row) == len(names) else None
            if moment is None:
                broken.add("a row that is torn or has no time", ",".join(row), project)
                continue
            is_bot = bot_column is not None and row[bot_column].strip().lower() in _YES
            at = int(moment.timestamp())
            edits.append(Edit(project, at, is_bot, str(number), received=moment.isoformat()))
        yield edits


def _read_moment(text: str) -> datetime | None:
    """Read a time as a whole second; None where it is none, or of no year that there is."""
    text = text.strip()
    try:
        if text.isascii() and text.isdigit():
            number = int(text)
            return datetime.fromtimestamp(number // 1000 if number >= _EPOCH_MILLISECONDS else number, UTC)
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError, OSError):
        return None

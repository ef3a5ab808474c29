"""What commands say of themselves while they run: lines for people, or JSON lines for what collects logs."""

import json
import logging
import sys
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import TextIO

import click

from wiki_activity.settings import SettingReader

FORMATS = ("text", "json")
SERVICES = frozenset({"explore", "watch", "worker"})
"""Commands that answer nothing: their standard output is their log."""

logger = logging.getLogger(__name__)


class JsonLines(logging.Formatter):
    """One JSON object a line: `time` (ISO 8601, UTC), `level`, `logger`, `message`, and `error` where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a record."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        # In ASCII: no character of a stranger's name ends a line, or cannot be written where this goes.
        return json.dumps(line)


def set_up_logs(environment: Mapping[str, str], command: str | None, *, verbose: bool) -> None:
    """Send the log where `command` has its log, in the form that `LOG_FORMAT` says.

    Raises
    ------
    SettingError
        If there is no such form.
    """
    is_json = SettingReader(environment).one_of("LOG_FORMAT", "text", FORMATS) == "json"
    stream: TextIO = sys.stdout if command in SERVICES else sys.stderr
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines() if is_json else logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO if verbose else logging.WARNING)
    logger.setLevel(logging.INFO)
    if is_json:
        logging.captureWarnings(capture=True)
        sys.excepthook = _log_defect
        threading.excepthook = lambda one: _log_defect(one.exc_type, one.exc_value, one.exc_traceback)


def _log_defect(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    """Log what Python would print of an exception that nobody has caught."""
    known = kind() if error is None else error
    logger.critical("a defect: %s", kind.__name__, exc_info=(kind, known, trace))


def logs_json() -> bool:
    """Tell whether every line is one of the log, and JSON."""
    handler = next(iter(logging.getLogger().handlers), None)
    return handler is not None and isinstance(handler.formatter, JsonLines)


def tell_error(error: object) -> None:
    """Say why the command ends."""
    tell(f"Error: {error}", colour="red", level=logging.ERROR, err=True)


def tell(text: str, *, colour: str | None = None, level: int = logging.INFO, err: bool | None = None) -> None:
    """Say something of what is done: a line of the log where logs are JSON, else a line for people.

    Parameters
    ----------
    text
        One line.
    colour, level
        For people, and for what collects logs.
    err
        Whether people read it on standard error; by default it is where the command has its log.
    """
    if logs_json():
        logger.log(level, "%s", text)
        return
    handler = next(iter(logging.getLogger().handlers), None)
    is_service = isinstance(handler, logging.StreamHandler) and handler.stream is sys.stdout
    click.secho(text, fg=colour, err=not is_service if err is None else err)

"""Progress of a refresh: a bar on a terminal, a plain line now and then elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from wiki_activity.cli.logs import tell
from wiki_activity.monthly.refresh import Progress

_LINE_SECONDS = 10.0


@contextmanager
def showing_progress() -> Iterator[Callable[[Progress], None]]:
    """Lend a callback that shows each step on standard error."""
    if not sys.stderr.isatty():
        yield _PlainLines().show
        return
    columns = (
        TextColumn("Fetching"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("wikis"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[failed]}{task.fields[project]}"),
    )
    with Bar(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("fetch", total=None, project="", failed="")

        def show(progress: Progress) -> None:
            failed = f"[red]{progress.failed} failed[/red] " if progress.failed else ""
            bar.update(task, completed=progress.done, total=progress.total, project=progress.project, failed=failed)

        yield show


class _PlainLines:
    def __init__(self) -> None:
        self._told_at = float("-inf")

    def show(self, progress: Progress) -> None:
        now = time.monotonic()
        if now - self._told_at < _LINE_SECONDS and progress.done < progress.total:
            return
        self._told_at = now
        failed = f", {progress.failed} failed" if progress.failed else ""
        tell(f"{progress.done} of {progress.total} wikis{failed} {progress.project}".rstrip())

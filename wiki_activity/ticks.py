"""When Dagster's sensors last ticked: a mark in the state folder, for whoever asks without asking Dagster."""

from datetime import UTC, datetime
from pathlib import Path


def mark_tick(state_dir: Path, now: datetime) -> None:
    """Note that a sensor ticks; a disk that is full is no reason not to."""
    mark = _mark(state_dir)
    try:
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.write_text(now.astimezone(UTC).isoformat(), encoding="utf-8")
    except OSError:
        return


def find_last_tick(state_dir: Path) -> datetime | None:
    """Return when a sensor last ticked, UTC; None where none ever did, or it cannot be read."""
    try:
        return datetime.fromisoformat(_mark(state_dir).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _mark(state_dir: Path) -> Path:
    return state_dir / "dagster" / "ticked"

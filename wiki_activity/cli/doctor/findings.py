"""Findings: what one check of `doctor` says, and what to do about it."""

from dataclasses import dataclass
from enum import StrEnum

from wiki_activity.settings import PREFIX


class Level(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check says.

    Parameters
    ----------
    check
        What was looked at, in a word or two, or the variable.
    level
        Only `fail` makes `doctor` fail.
    message
        What was found; no secrets.
    todo
        What to do; empty where there is nothing.
    """

    check: str
    level: Level
    message: str
    todo: str = ""


def name_variable(name: str) -> str:
    """Name a variable as the environment has it."""
    return f"{PREFIX}{name}"

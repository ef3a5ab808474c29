"""Many wikis that could not be read, in few lines: those with the same cause together."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

_MOST_CAUSES = 8
_EXAMPLES = 3
_LONGEST = 300
_ADDRESS = re.compile(r"https?://\S+: ")
_STATUS = re.compile(r"((?:[\w' -]+: )?)(\d{3}\b[^:]*)")
_REFUSED = re.compile(r"((?:[\w' -]+: )?)refused: ")


def describe_failures(errors: Mapping[str, str]) -> Iterator[str]:
    """Say what failed, the most common cause first, one line each; up to three wikis of a cause by themselves.

    Parameters
    ----------
    errors
        By project.
    """
    groups: dict[str, list[str]] = defaultdict(list)
    for project, error in errors.items():
        groups[find_cause(error, project)].append(project)
    by_size = sorted(groups.items(), key=lambda group: -len(group[1]))
    for cause, projects in by_size[:_MOST_CAUSES]:
        if len(projects) > _EXAMPLES:
            yield f"{cause}: {len(projects):,} wikis, e.g. {', '.join(projects[:_EXAMPLES])}"
        else:
            yield from (f"{project}: {_shorten(errors[project])}" for project in projects)
    rest = sum(len(projects) for _, projects in by_size[_MOST_CAUSES:])
    if rest:
        yield f"{rest:,} more wikis, each for a reason of its own; --json has all"


def find_cause(error: str, project: str = "") -> str:
    """Shorten an error to what many wikis may have in common."""
    text = _shorten(error)
    status, refused = _STATUS.match(text), _REFUSED.match(text)
    if status is not None:
        return f"{status[1]}HTTP {status[2]}"
    if refused is not None:
        return f"{refused[1]}refused beside what is stored"
    return text.replace(project, "…") if project else text


def _shorten(error: str) -> str:
    text = _ADDRESS.sub("", error)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"

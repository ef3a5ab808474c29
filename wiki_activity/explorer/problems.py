"""What a reader is told when something cannot be done: `application/problem+json` to scripts, a page to people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

from wiki_activity.domain.wikis import Wiki

_SHOWN_OF_A_VALUE = 40


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing that is wrong with what was sent.

    Parameters
    ----------
    field
        Its name, dotted where nested.
    message
        For people.
    """

    field: str
    message: str


@dataclass(slots=True, eq=False)
class ProblemError(Exception):
    """A request that cannot be answered as asked.

    Parameters
    ----------
    status
        HTTP status, 4xx or 5xx.
    title
        The same for every problem of this kind, short enough for a page's heading.
    detail
        What is wrong here, naming the thing and the value; never an exception's text.
    errors
        Field by field, where the request had fields.
    headers
        More headers, `Retry-After` for example.
    more
        More members of the JSON object, as RFC 9457 allows.
    nearest
        Wikis that may have been meant.
    alike
        Other pages that may have been: address and name of each.
    """

    status: int
    title: str
    detail: str = ""
    errors: Sequence[FieldError] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    more: Mapping[str, object] = field(default_factory=dict)
    nearest: Sequence[Wiki] = ()
    alike: Sequence[tuple[str, str]] = ()

    def __str__(self) -> str:
        return f"{self.status} {self.title}: {self.detail}"

    def as_json(self) -> dict[str, object]:
        """Return the members of the problem object."""
        problem: dict[str, object] = {"type": "about:blank", "title": self.title, "status": int(self.status)}
        if self.detail:
            problem["detail"] = self.detail
        if self.errors:
            problem["errors"] = [{"field": one.field, "message": one.message} for one in self.errors]
        if self.nearest:
            problem["did_you_mean"] = [wiki.project for wiki in self.nearest]
        return {**problem, **self.more}


class MovedError(Exception):
    """A wiki was asked for by an address that it no longer has, or by one that is written otherwise.

    Parameters
    ----------
    old, new
        What was written, and its project of now.
    """

    def __init__(self, old: str, new: str) -> None:
        super().__init__(f"{old} is now {new}")
        self.old = old
        self.new = new


class UnknownKeysError(Exception):
    """An address has keys that its page does not know.

    Parameters
    ----------
    address
        The same without them.
    """

    def __init__(self, address: str) -> None:
        super().__init__(f"the page is at {address}")
        self.address = address


def unknown_wiki(project: str, nearest: Sequence[Wiki] = ()) -> ProblemError:
    """Make the answer for a project that is no known wiki."""
    return ProblemError(
        HTTPStatus.NOT_FOUND, "No such wiki", f"There is no wiki {quote_value(project)}.", nearest=nearest
    )


def quote_value(text: str) -> str:
    """Quote what somebody typed: its beginning, with what cannot be seen, or turns the line round, as numbers."""
    shown = text if len(text) <= _SHOWN_OF_A_VALUE else f"{text[:_SHOWN_OF_A_VALUE]}…"
    return f"“{''.join(one if one.isprintable() else f'U+{ord(one):04X}' for one in shown)}”"

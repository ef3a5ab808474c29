"""People and what they may do."""

from dataclasses import dataclass
from enum import IntEnum


class Role(IntEnum):
    """What a person may do; each may do all that the ones before may."""

    VIEWER = 1
    """Reads."""
    EDITOR = 2
    """Says what happened in a month."""
    REVIEWER = 3
    """Reverts, hides and sees what is hidden."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is logged in.

    Parameters
    ----------
    id
        Stable: `local`, or the account's `sub`; account names change.
    name
        Shown as the author.
    role
        What they may do.
    """

    id: str
    name: str
    role: Role

    def may(self, role: Role) -> bool:
        """Tell whether the person has at least this role."""
        return self.role >= role


def is_reviewing(person: Person | None) -> bool:
    """Tell whether a reader may see what reviewers have hidden."""
    return person is not None and person.may(Role.REVIEWER)


def name_role(person: Person | None) -> str:
    """Return the name of a reader's role; empty without a session."""
    return "" if person is None else person.role.name.lower()

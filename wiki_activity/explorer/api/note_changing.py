"""What every change of a note shares: who writes it, and how a refusal is answered."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from wiki_activity.domain.note_text import NoteError
from wiki_activity.domain.notes import Author, Note
from wiki_activity.explorer.accounts.people import Person
from wiki_activity.explorer.api.models import note_json
from wiki_activity.explorer.api.parameters import refuse
from wiki_activity.explorer.context import Explorer
from wiki_activity.explorer.problems import ProblemError
from wiki_activity.storage.notes import (
    NoteConflictError,
    NoteHiddenError,
    NoteMissingError,
    NoteWideError,
    RevisionMissingError,
)


def author_of(person: Person) -> Author:
    """Return the author that a person is."""
    return Author(person.name, person.id)


@contextmanager
def changing(explorer: Explorer) -> Iterator[None]:
    """Turn what storage and domain refuse into answers, and let everybody see what changed."""
    try:
        yield
    except NoteError as error:
        raise refuse(error.field, str(error)) from None
    except NoteConflictError as error:
        raise _conflict(error.current) from None
    except NoteHiddenError:
        raise ProblemError(HTTPStatus.FORBIDDEN, "Hidden", "A reviewer has hidden what was written here.") from None
    except NoteWideError:
        raise reviewers_only() from None
    except RevisionMissingError:
        raise ProblemError(HTTPStatus.NOT_FOUND, "No such revision") from None
    except NoteMissingError:
        raise no_note() from None
    finally:
        # After a refusal too: what somebody else stored is what its reader looks at next.
        explorer.snapshots.look_again()


def no_note() -> ProblemError:
    """Make the answer where there is no note."""
    return ProblemError(HTTPStatus.NOT_FOUND, "No note", "Nobody has written about this.")


def reviewers_only() -> ProblemError:
    """Make the answer to an editor who writes on more than one wiki."""
    detail = "Editors write on single wikis; a note on several is a reviewer’s."
    return ProblemError(HTTPStatus.FORBIDDEN, "Not allowed", detail)


def _conflict(current: Note) -> ProblemError:
    detail = f"Version {current.version} is stored by now."
    more = {"current": note_json(current)}
    return ProblemError(HTTPStatus.CONFLICT, "Somebody else was faster", detail, more=more)

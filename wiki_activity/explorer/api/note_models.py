"""What is sent to write or change a note, and what its history looks like."""

from datetime import date, datetime
from typing import Annotated

from pydantic import BeforeValidator, ConfigDict, Field

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.note_text import LABEL_MAX, LABEL_MIN, LINK_MAX, NOTE_MAX, REASON_MAX, REASON_MIN, NoteKind
from wiki_activity.domain.notes import NoteAction, Revision
from wiki_activity.explorer.api.base_model import Model
from wiki_activity.explorer.api.models import ScopeModel, scope_model
from wiki_activity.explorer.api.parameters import Day

_MOST_REVISIONS = 2**31 - 1
_MOST_ID = 2**53


def refuse_other_types(number: object) -> object:
    """Refuse a text or a truth value where a number is wanted."""
    # What merely looks like a number in another language is a mistake.
    if isinstance(number, str | bool):
        msg = "Input should be a valid integer"
        raise ValueError(msg)  # noqa: TRY004 - pydantic answers this one
    return number


Version = Annotated[
    int,
    Field(ge=0, le=_MOST_REVISIONS, description="The newest version that you have seen; 0 where you saw none."),
    BeforeValidator(refuse_other_types),
]
Number = Annotated[
    int,
    Field(ge=1, le=_MOST_REVISIONS, description="Number of the revision with that text."),
    BeforeValidator(refuse_other_types),
]
Reason = Annotated[
    str,
    Field(
        min_length=REASON_MIN,
        max_length=REASON_MAX,
        description="Why; readers see it.",
        examples=["It names a person."],
        json_schema_extra={"format": "one-line"},
    ),
]


class _Body(Model):
    """What is sent; what is unknown in it is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class _Text(_Body):
    """What is written."""

    label: str = Field(
        min_length=LABEL_MIN,
        max_length=LABEL_MAX,
        description="Drawn on the chart: one line, without characters that nobody can see.",
        examples=["Feminism and Folklore"],
        json_schema_extra={"format": "one-line"},
    )
    note: str = Field("", max_length=NOTE_MAX, description="More about it.", json_schema_extra={"format": "lines"})
    link: str | None = Field(
        None,
        max_length=LINK_MAX,
        description="A source: an https address.",
        examples=["https://meta.wikimedia.org/wiki/Feminism_and_Folklore"],
        json_schema_extra={"format": "https-address"},
    )
    kind: NoteKind


class MonthNoteBody(_Text):
    """What happened in a month."""

    version: Version


class NoteBody(_Text):
    """What somebody knows of some days of some wikis."""

    kind: NoteKind = NoteKind.UNKNOWN
    scope: ScopeModel
    first: Day = Field(description="First day, UTC.", examples=["2025-11-01"])
    last: Day = Field(description="Last day, included; of a month that is running, its end.", examples=["2025-11-30"])
    metric: Metric | None = Field(None, description="Of which it is told; null for whatever is counted.")
    episode_id: int | None = Field(None, ge=1, le=_MOST_ID, description="The busy spell that it is about.")


class NoteChangeBody(NoteBody):
    """What a note is to say from now on."""

    version: Version


class ReportBody(_Body):
    """What is wrong with a note."""

    reason: Reason


class SettleBody(_Body):
    """Nothing has to be said."""


class RevertBody(_Body):
    """Which text to go back to."""

    revision: Number
    version: Version
    reason: Reason


class ReviewBody(_Body):
    """Why a text is kept from readers, or shown again."""

    version: Version
    reason: Reason


class RevisionModel(Model):
    """One step of a note's history; the texts are null where a reviewer keeps them from the reader."""

    number: int
    scope: ScopeModel
    first: date
    last: date
    at: datetime
    author: str
    action: NoteAction
    label: str | None
    note: str | None
    link: str | None
    kind: NoteKind | None
    reason: str | None
    hidden: bool = Field(description="Whether the note was hidden from then on.")


class HistoryModel(Model):
    """A note's revisions, oldest first."""

    items: list[RevisionModel]


def revision_model(revision: Revision) -> RevisionModel:
    """Make the JSON of a revision, as the reader may see it."""
    text = revision.text
    return RevisionModel(
        number=revision.number,
        scope=scope_model(revision.subject.scope),
        first=revision.subject.first,
        last=revision.subject.last,
        at=revision.at,
        author=revision.author,
        action=revision.action,
        label=text.label if text else None,
        note=text.note if text else None,
        link=text.link if text else None,
        kind=text.kind if text else None,
        reason=revision.reason,
        hidden=revision.hidden,
    )

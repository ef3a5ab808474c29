"""What the live part of the API says: the JSON of its answers, and the data of the stream's events."""

from datetime import datetime
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, computed_field
from pydantic.config import JsonDict

# Pydantic's own mark warns whenever it is written.
_DEPRECATED: Final[JsonDict] = {"deprecated": True}


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True)


class StreamHealthModel(_Model):
    """Whether edits are seen now, and whether all else is of now; if not, it is as last received."""

    sees: bool
    current: bool = Field(description="False also where edits are seen, and what is counted waits to be stored.")
    since: datetime | None = Field(description="Since when not, where that is known.")
    reason: str = Field(description="What is the matter, in a sentence; empty while nothing is.")
    sentence: str = Field(description="The same for readers.", examples=["Edits are seen."])
    warning: str = Field(description="What is wrong with some of what is seen, for readers; empty while nothing is.")


class LoudModel(_Model):
    """One wiki in a list of those that are edited most."""

    project: str
    name: str
    rate: float = Field(description="Edits a minute: of a judged wiki those that its detector judges.")
    usual: float | None
    times: float | None = Field(description="rate over usual.")
    judged: bool
    busy: bool


class SnapshotModel(_Model):
    """How fast a wiki, or all wikis together, are edited now."""

    project: str | None = Field(description="None for all wikis together.", examples=["en.wikipedia.org"])
    name: str
    judged: bool
    counted: Literal["people_edits", "edits"] = Field(description="Which edits `rate` and `usual` are about.")
    rate: float | None = Field(description="Edits a minute; None where that is not known.")
    over_seconds: int = Field(description="The time that the rate is taken over.")
    usual: float | None = Field(description="Edits a minute that the detector takes to be usual; None where none is.")
    speaks_at: float | None = Field(description="Edits a minute about which a busy spell begins.")
    times: float | None = Field(description="rate over usual.")
    busy: bool
    busy_since: datetime | None
    muted_until: datetime | None
    until: datetime | None = Field(description="Event time up to which edits are counted.")
    behind_seconds: int | None = Field(description="How far that is behind the clock.")
    newest_minute: int | None = Field(description="Epoch second at which the newest finished minute begins.")
    sentence: str
    stream_health: StreamHealthModel
    episodes_readable: bool = Field(description="False: busy spells cannot be read now; those given may be old.")
    loudest: list[LoudModel] = Field(description="Judged wikis, furthest above usual first.")
    most_edited: list[LoudModel] = Field(description="By edits of the newest finished minute.")

    @computed_field(description="The same as `stream_health`: its first name.", json_schema_extra=_DEPRECATED)
    def sight(self) -> StreamHealthModel:
        """Return it under its first name, until there is a version 2."""
        return self.stream_health


class PointModel(_Model):
    """A finished minute, by event time."""

    minute: int = Field(description="Epoch second at which it begins.")
    edits: int | None = Field(description="Bots’ included; None where the minute was not seen whole.")
    bots: int | None


class PageModel(_Model):
    """A page that was edited often."""

    title: str
    address: str = Field(description="Of the page on its wiki.")
    history: str = Field(description="Of the wiki’s own history of the page.")
    edits: int = Field(description="Within the spell, bots’ included.")
    people: int = Field(description="Who edited it within the spell, bots left out.")


class EpisodeModel(_Model):
    """A busy spell of a wiki, or of one of its pages."""

    id: int | None = Field(description="Its number, which stays the same: `/api/v1/episodes/{id}`.", examples=[17])
    page: str | None = Field(description="The page for people.", examples=["/live/en.wikipedia.org/episodes/17"])
    key: str = Field(description="The same for every message about it.")
    project: str = Field(examples=["en.wikipedia.org"])
    name: str = Field(description="The wiki’s name for readers.")
    detector: str = Field(description="The rule that found it.", examples=["burst"])
    about: Literal["wiki", "page"] = Field(description="Whether the whole wiki is busy, or one page is hot.")
    title: str | None = Field(
        description="Of the page that is hot; null for wikis, and where the page is new, deleted, or not looked up."
    )
    state: Literal["open", "closed"] = Field(description="Whether it goes on.")
    started_at: datetime = Field(description="When it began, which was before it was noticed.")
    opened_at: datetime = Field(description="When it was noticed.")
    updated_at: datetime = Field(description="Event time of the last ten seconds that went into it.")
    ended_at: datetime | None = Field(description="When it ended; null while it is open.")
    closed_at: datetime | None = Field(description="When its end was noticed.")
    seconds: int = Field(description="How long it took, or has taken so far.")
    rate: float = Field(description="Edits a minute at most.")
    usual: float | None = Field(description="Edits a minute that were usual when it began.")
    times: float | None = Field(description="rate over usual; null where no usual pace was known.")
    edits: int = Field(description="From its start to its end, as far as the rule counts them: people’s for `burst`.")
    excess: int | None = Field(description="Those beyond the usual; null where no usual pace was known.")
    people: int | None = Field(description="Who edited, bots left out; null where that is not known.")
    bots_share: float | None = Field(description="Of all edits, 0 to 1, those by bots; null where it is not known.")
    busiest_share: float | None = Field(
        description="Of people’s edits, 0 to 1, those of the busiest one; null likewise."
    )
    hashtag: str | None = Field(
        description="The one that most of people’s edits carried, without #; null where none was used by three people."
    )
    hashtag_share: float | None = Field(description="Of people’s edits, 0 to 1, those that carried it.")
    reopened: int = Field(description="How often it began again within 15 minutes of an end that was told.")
    news: bool = Field(description="Whether enough people had a part in it that somebody is told.")
    end: str = Field(description="How it ended, in words; empty while it is open.")
    length: str = Field(description="How long it took, in words.", examples=["12 min"])
    sentence: str = Field(description="The gist of it.")
    pages: list[PageModel] = Field(description="Those edited more than once, most edited first, five at most.")


class EpisodeEventModel(EpisodeModel):
    """A busy spell of which there is news."""

    change: Literal["opened", "updated", "closed"]


class LiveModel(SnapshotModel):
    """How fast a wiki is edited now and was in the last three hours, and its newest busy spells."""

    points: list[PointModel]
    episodes: list[EpisodeModel] = Field(description="The newest, newest first.")


class StripLineModel(_Model):
    """One wiki, or one busy spell, in a line."""

    key: str = Field(description="The same for the same wiki or spell each time.")
    project: str
    name: str
    busy: bool
    words: str = Field(examples=["50 edits a minute without bots: 1.7× the usual 30."])


class StripModel(_Model):
    """The judged wikis now and the busy spells of the last 24 hours, each in a line."""

    sees: bool = Field(description="Whether edits are seen and stored; if not, all else is as last received.")
    started: bool = Field(description="False: no watcher is known to have run, so that seeing nothing is no failure.")
    sentence: str = Field(description="Whether edits are seen, for readers.")
    wikis: list[StripLineModel] = Field(description="Busy ones first, then those with the most edits.")
    episodes: list[StripLineModel] = Field(description="Open ones first, then the newest.")
    episodes_known: bool = Field(description="False: busy spells cannot be read now; those given may be old.")
    episodes_sentence: str = Field(description="What the list of spells does not tell; empty where it tells all.")

    @computed_field(description="The same as `episodes`.", json_schema_extra=_DEPRECATED)
    def spells(self) -> list[StripLineModel]:
        """Return it under its first name, until there is a version 2."""
        return self.episodes

    @computed_field(description="The same as `episodes_known`.", json_schema_extra=_DEPRECATED)
    def spells_known(self) -> bool:
        """Return it under its first name, until there is a version 2."""
        return self.episodes_known

    @computed_field(description="The same as `episodes_sentence`.", json_schema_extra=_DEPRECATED)
    def spells_sentence(self) -> str:
        """Return it under its first name, until there is a version 2."""
        return self.episodes_sentence


class WholeEpisodeModel(EpisodeModel):
    """A busy spell with the minutes around it."""

    points: list[PointModel] = Field(
        description="From an hour before its start to an hour after its end, as far as they have passed; empty where "
        "no minute is known."
    )
    missing: str = Field(description="What is missing of them, for readers; empty where nothing is.")


class EpisodesModel(_Model):
    """One page of busy spells, newest first."""

    items: list[EpisodeModel]
    next: str | None = Field(description="The cursor of the next page; None on the last.")

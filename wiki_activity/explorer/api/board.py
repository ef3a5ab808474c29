"""`/board`: which of some wikis stood out in the newest complete month; a reader's own are named by their device."""

from typing import Annotated, TypedDict

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from pydantic import Field

from wiki_activity.domain.counts import Metric
from wiki_activity.domain.months import format_month
from wiki_activity.domain.peaks import Kind
from wiki_activity.domain.rises import BoardPart
from wiki_activity.domain.wikis import Direction, Wiki, language_tag
from wiki_activity.explorer.answers import JSON, keep_and_send
from wiki_activity.explorer.api.base_model import Model
from wiki_activity.explorer.api.documented import readable
from wiki_activity.explorer.api.parameters import refuse
from wiki_activity.explorer.context import CurrentExplorer, CurrentSnapshot
from wiki_activity.explorer.month_overview import look_at_month
from wiki_activity.explorer.pages.board_lines import BoardLine, describe_month, describe_people, list_part, make_lines
from wiki_activity.explorer.pages.group_state import MOST_NAMED, find_named
from wiki_activity.explorer.pages.so_far_lines import SoFarList, list_so_far

router = APIRouter(tags=["board"])

_Name = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9._:-]+$", max_length=255, examples=["hi.wikipedia.org", "lang:bn", "family:wikisource"]),
]


class _WikiNames(TypedDict):
    name: str | None
    autonym: str | None
    language_tag: str | None
    direction: Direction | None


class BoardFigureModel(Model):
    """What is above expected, in words."""

    text: str = Field(examples=["+38 people"])
    times: str = Field(
        description="How many times the expected value; empty where none was expected.", examples=["1.9×"]
    )


class SmallDrawingModel(Model):
    """Paths of a small SVG drawing of the last months: the counts, the alert line, and a diamond on each peak."""

    width: int
    height: int
    line: str
    alert: str
    peaks: str


class BoardLineModel(Model):
    """A wiki whose month was a peak."""

    project: str = Field(examples=["hi.wikipedia.org"])
    name: str | None
    autonym: str | None
    language_tag: str | None = Field(description="Of the autonym, BCP 47.")
    direction: Direction | None
    part: BoardPart = Field(description="Where the board shows it.")
    people_more: int | None = Field(description="People above expected; null where they were not judged.")
    registered: bool = Field(description="Whether people are editors who are registered and no bots, else all editors.")
    edits_more: int | None = Field(description="Edits above expected; null where they were not judged.")
    bots_counted: bool = Field(description="Whether the edits are all edits; else those without bots.")
    metric: Metric = Field(description="The first metric in which it is a peak; the drawing is of it.")
    kind: Kind | None = Field(description="What it was made of; null where the counts do not tell.")
    made_of: str = Field(description="The same in words.")
    figures: list[BoardFigureModel] = Field(description="What the board shows of it.")
    found: str = Field(
        description="What was found behind it, in some words; empty where nobody was asked or nothing speaks.",
        examples=["#WPWP, about 41 % of the rise"],
    )
    note: str | None = Field(description="Label of what people wrote of the month; null where nobody did.")
    address: str = Field(description="The page of the peak.")
    drawing: SmallDrawingModel


class SoFarLineModel(Model):
    """A wiki's running month."""

    project: str = Field(examples=["hi.wikipedia.org"])
    name: str | None
    autonym: str | None
    language_tag: str | None = Field(description="Of the autonym, BCP 47.")
    direction: Direction | None
    edits: int = Field(description="Without bots, as the stream had them; at least so many where hours are missing.")
    times: float | None = Field(description="How many times the usual by now; null where that cannot be said.")
    words: str = Field(examples=["1.7× the usual, 1,060 edits without bots"])
    line: str = Field(description="Path of edits from the month’s begin to now, in a box of 120 × 32.")
    usual: str = Field(description="Path of the usual way in the same box; empty where it is not known.")


class SoFarListModel(Model):
    """The month that has not ended; never judged as a month."""

    sentence: str
    lines: list[SoFarLineModel] = Field(description="Most times the usual first, then most edits; 12 at most.")


class BoardModel(Model):
    """A month of some wikis; each of them is counted in exactly one place."""

    month: str | None = Field(description="The newest complete month; null where nothing is stored.")
    sentence: str = Field(description="How many had a usual month, in words.")
    people: str = Field(description="Who is counted as people, in words; empty where that is all editors.")
    total: int
    usual: int = Field(description="Wikis that were judged and no peaks.")
    unknown: int = Field(description="Wikis of which the month is not stored, or which are too young to be judged.")
    stood_out: list[BoardLineModel] = Field(description="Most people above expected first, then most edits.")
    small_rises: list[BoardLineModel] = Field(description="Under 5 people and under 500 edits above expected.")
    many_wikis: list[BoardLineModel] = Field(description="Of a month that was busy on many wikis.")
    mostly_bots: list[BoardLineModel]
    so_far: SoFarListModel | None = Field(
        description="The running month of the wikis that are named, of the 200 biggest where they are more; "
        "null where none is named or nothing was counted."
    )
    unknown_names: list[str] = Field(description="What was named and is no known wiki or group.")


@router.get("/board", summary="Which wikis stood out", response_model=BoardModel, responses=readable(422))
async def show_board(
    request: Request,
    explorer: CurrentExplorer,
    snapshot: CurrentSnapshot,
    wiki: Annotated[
        list[_Name],
        Query(
            default_factory=list,
            description="A wiki, a language or a family; of all wikis where none is named.",
            json_schema_extra={"maxItems": MOST_NAMED},
        ),
    ],
) -> Response:
    """Give the newest complete month of some wikis: who stood out, how far, and how many had a usual one."""
    if len(wiki) > MOST_NAMED:
        raise refuse("wiki", f"one request may name {MOST_NAMED} wikis; this one names {len(wiki):,}")
    detector = explorer.settings.peak_detector
    named = find_named(wiki, snapshot.catalogue, guess=False)
    # All wikis are judged by whoever comes first.
    overview = await run_in_threadpool(look_at_month, snapshot, detector)
    so_far = None
    if wiki:
        overview = overview.of(named.projects)
        book = await explorer.days.look()
        so_far = await run_in_threadpool(list_so_far, book, snapshot, named.projects)

    def make() -> bytes:
        parts = {
            part: [_model(line) for line in make_lines(snapshot, detector, list_part(overview, part))]
            for part in BoardPart
        }
        return (
            BoardModel(
                month=None if overview.month is None else format_month(overview.month),
                sentence=describe_month(overview) if overview.total else "None of these wikis is known here.",
                people=describe_people(overview.rises.values()),
                total=overview.total,
                usual=len(overview.usual),
                unknown=len(overview.unknown),
                stood_out=parts[BoardPart.STOOD_OUT],
                small_rises=parts[BoardPart.SMALL_RISE],
                many_wikis=parts[BoardPart.MANY_WIKIS],
                mostly_bots=parts[BoardPart.MOSTLY_BOTS],
                so_far=None if so_far is None else _model_so_far(so_far),
                unknown_names=list(named.unknown),
            )
            .model_dump_json()
            .encode()
        )

    rises = tuple(overview.rises.values())
    states = tuple(snapshot.wiki(rise.project).version for rise in rises)
    version = (overview.month, rises, states, len(overview.usual), len(overview.unknown), named.unknown, so_far)
    key = ("board", version, snapshot.catalogue.names)
    return await keep_and_send(request, make, key, lasts=False, media_type=JSON)


def _model_so_far(so_far: SoFarList) -> SoFarListModel:
    lines = [
        SoFarLineModel(
            project=line.project,
            **_describe_wiki(line.wiki),
            edits=line.edits,
            times=None if line.times is None else round(line.times, 3),
            words=line.words,
            line=line.line,
            usual=line.usual,
        )
        for line in so_far.lines
    ]
    return SoFarListModel(sentence=so_far.sentence, lines=lines)


def _describe_wiki(wiki: Wiki | None) -> _WikiNames:
    if wiki is None:
        return {"name": None, "autonym": None, "language_tag": None, "direction": None}
    return {
        "name": wiki.name,
        "autonym": wiki.autonym,
        "language_tag": language_tag(wiki),
        "direction": wiki.direction,
    }


def _model(line: BoardLine) -> BoardLineModel:
    rise, drawing = line.rise, line.drawing
    assert drawing is not None
    return BoardLineModel(
        project=rise.project,
        **_describe_wiki(line.wiki),
        part=rise.part,
        people_more=None if rise.people is None else rise.people.more,
        registered=rise.registered,
        edits_more=None if rise.edits is None else rise.edits.more,
        bots_counted=rise.bots_counted,
        metric=rise.metric,
        kind=rise.kind,
        made_of=line.kind,
        figures=[BoardFigureModel(text=one.text, times=one.times) for one in line.figures],
        found=line.found,
        note=line.note.text.label if line.note and line.note.text else None,
        address=line.address,
        drawing=SmallDrawingModel(
            width=drawing.width, height=drawing.height, line=drawing.line, alert=drawing.alert, peaks=drawing.peaks
        ),
    )

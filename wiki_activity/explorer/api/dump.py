"""`/dump.csv.gz`: all months of all wikis in one file, and what its columns mean."""

import json
import zlib
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from http import HTTPStatus
from typing import Any, Final

import anyio.to_thread
from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse

from wiki_activity.domain.counts import Metric, PeopleMetric
from wiki_activity.domain.detection import Floats
from wiki_activity.domain.months import format_month
from wiki_activity.domain.peaks import Detector
from wiki_activity.domain.wikis import Wiki
from wiki_activity.explorer.answers import answer
from wiki_activity.explorer.api.csv_files import write_csv_cell
from wiki_activity.explorer.api.documented import readable
from wiki_activity.explorer.context import CurrentExplorer, CurrentSnapshot
from wiki_activity.explorer.snapshot import Snapshot, WikiSnapshot
from wiki_activity.explorer.tags import has_tag, make_tag
from wiki_activity.storage.data_version import NOTES, WIKIS
from wiki_activity.storage.wiki_data import DETECTORS, METRICS

router = APIRouter(prefix="/dump", tags=["dump"])

_GZIP = "application/gzip"
_LEVEL = 5
_WIKIS_AT_ONCE = 8
"""Some hundredths of a second's work: nobody else waits longer for this one."""
_FORM = 2
"""Another one, when the columns or what they mean change."""
_DUMP_CONTENT = {_GZIP: {"schema": {"type": "string", "format": "binary"}}}


@dataclass(frozen=True, slots=True)
class Field:
    """A column: its type as Table Schema names it, and what it means."""

    name: str
    type: str
    description: str


FIELDS: Final = (
    Field("project", "string", "The wiki’s address, and its key everywhere."),
    Field("language", "string", "Its language’s code; mul for wikis of all languages, empty where it is not known."),
    Field("family", "string", "wikipedia, wiktionary, and so on; empty where it is not known."),
    Field("month", "yearmonth", "UTC. Every month from the first to the last of which anything of the wiki is known."),
    Field("edits", "integer", "All edits of content pages, those of bots included."),
    Field("people_edits", "integer", "Edits without bots, registered or not: user_edits and anonymous_edits together."),
    Field("user_edits", "integer", "Edits by registered people."),
    Field("anonymous_edits", "integer", "Edits by people who were not logged in."),
    Field("bot_edits", "integer", "Edits by bots: edits less people_edits."),
    Field("editors", "integer", "Distinct editors; sums over wikis or months count the same people again."),
    Field("user_editors", "integer", "Editors who are registered and no bots; empty where not asked for yet."),
    Field("active_editors", "integer", "Those of them who made five or more content edits in the month."),
    Field("new_users", "integer", "Accounts that people registered on the wiki."),
    Field("new_pages", "integer", "Content pages that were created."),
    Field("peaks", "string", "In which metrics the month stands out by the rule that speaks, parted by spaces."),
    Field("note", "string", "What people say happened, in a few words; empty where nobody does."),
    Field("provisional", "boolean", "true where Wikimedia has published the month only in part, else empty."),
)
"""The file's columns, in their order. A missing number is empty, which is not zero."""


@router.get(
    ".csv.gz", summary="All months of all wikis in one file", response_class=Response,
    responses=readable(content=_DUMP_CONTENT),
)  # fmt: skip
async def download_dump(request: Request, explorer: CurrentExplorer, snapshot: CurrentSnapshot) -> Response:
    """Give a gzipped CSV file of all that is counted, made from what is stored now; `/dump.json` says what is in it."""
    detector = explorer.settings.peak_detector
    headers = {"ETag": find_tag(snapshot, detector), "Cache-Control": "private, no-cache"}
    if has_tag(request.headers, headers["ETag"]):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    newest = snapshot.catalogue.newest_month
    name = f"wiki-activity{'' if newest is None else f'-to-{format_month(newest)}'}.csv.gz"
    headers["Content-Disposition"] = f'attachment; filename="{name}"'

    async def send() -> AsyncIterator[bytes]:
        for part in write_dump(snapshot, detector):
            # However many ask, one thread works on their files; whoever takes theirs slowly holds up nobody.
            yield await anyio.to_thread.run_sync(part, limiter=explorer.dumping)

    return StreamingResponse(send(), media_type=_GZIP, headers=headers)


@router.get(".json", summary="What the file of all months holds", responses=readable())
async def describe_dump(request: Request) -> Response:
    """Give the file's dictionary, as a Data Package with a Table Schema."""
    fields: list[dict[str, Any]] = [
        {"name": one.name, "type": one.type, "description": one.description} for one in FIELDS
    ]
    schema = {"fields": fields, "primaryKey": ["project", "month"], "missingValues": [""]}
    cc0 = {"name": "CC0-1.0", "path": "https://creativecommons.org/publicdomain/zero/1.0/"}
    resource = {
        "name": "months", "path": "dump.csv.gz", "format": "csv", "compression": "gz", "mediatype": "text/csv",
        "encoding": "utf-8", "schema": schema,
    }  # fmt: skip
    source = {"title": "Wikimedia Analytics API", "path": "https://wikimedia.org/api/rest_v1/"}
    package = {"name": "wiki-activity", "resources": [resource], "licenses": [cc0], "sources": [source]}
    return await answer(request, lambda: json.dumps(package).encode())


def find_tag(snapshot: Snapshot, detector: Detector) -> str:
    """Find what stands for the file as it is now: by what the database says of its state, so that it outlives us."""
    states = sorted((project, wiki.number) for project, wiki in snapshot.wikis.items())
    of_all = (_FORM, detector, snapshot.numbers.of(NOTES, WIKIS))
    return make_tag(repr((states, of_all)).encode())


def write_dump(snapshot: Snapshot, detector: Detector) -> Iterator[Callable[[], bytes]]:
    """List what makes the parts of the file, to be called in their order."""
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    header = ",".join(one.name for one in FIELDS) + "\r\n"
    yield partial(packer.compress, header.encode())
    projects = sorted(snapshot.wikis)
    for start in range(0, len(projects), _WIKIS_AT_ONCE):
        names = projects[start : start + _WIKIS_AT_ONCE]

        def make(names: Sequence[str] = names) -> bytes:
            wikis = snapshot.catalogue.wikis
            rows = [write_rows(snapshot.wikis[name], wikis.get(name), detector) for name in names]
            return packer.compress("".join(rows).encode())

        yield make
    yield packer.flush


def write_rows(known: WikiSnapshot, wiki: Wiki | None, detector: Detector) -> str:
    """Write all rows of one wiki."""
    counts = known.data.counts
    people = counts.read_metric(Metric.PEOPLE_EDITS)
    numbers = (
        counts.edits, people, counts.user_edits, counts.anonymous_edits, counts.edits - people, counts.editors,
        *(known.read(metric) for metric in PeopleMetric),
    )  # fmt: skip
    peaks, notes = _find_peaks(known, detector), _find_notes(known)
    of_wiki = [known.data.project, *(("", "") if wiki is None else (wiki.language, wiki.family))]
    begin = ",".join(map(write_csv_cell, of_wiki))
    provisional = known.data.provisional
    ends = [
        f"{peaks.get(month, '')},{notes.get(month, '')},{'true' if month in provisional else ''}\r\n"
        for month in counts.months
    ]
    columns = zip(counts.months, *map(_write_numbers, numbers), ends, strict=True)
    return "".join(f'{begin},"{month.year}-{month.month:02}",{",".join(cells)},{end}' for month, *cells, end in columns)


def _write_numbers(row: Floats) -> list[str]:
    return ["" if count != count else str(int(count)) for count in row[0].tolist()]  # noqa: PLR0124 - NaN


def _find_peaks(known: WikiSnapshot, detector: Detector) -> dict[date, str]:
    rows = known.data.peaks
    found: dict[date, list[str]] = {}
    for row in rows[(rows["detector"] == DETECTORS.index(detector)) & (rows["value"] > 0)]:
        month = int(row["month"])
        found.setdefault(date(month // 12, month % 12 + 1, 1), []).append(METRICS[int(row["metric"])].value)
    return {month: write_csv_cell(" ".join(sorted(set(metrics)))) for month, metrics in found.items()}


def _find_notes(known: WikiSnapshot) -> dict[date, str]:
    """Find what everybody may read of each month; of all edits before that of another metric."""
    chosen = known.choose_notes(Metric.EDITS).items()
    return {month: write_csv_cell(note.text.label) for month, note in chosen if note.text is not None}

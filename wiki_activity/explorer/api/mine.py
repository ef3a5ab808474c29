"""`/mine`: the wikis that whoever is logged in calls their own."""

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import Field

from wiki_activity.explorer.accounts.dependencies import Reader, SignedIn
from wiki_activity.explorer.api.base_model import Model
from wiki_activity.explorer.api.documented import problems
from wiki_activity.explorer.context import CurrentExplorer, CurrentSnapshot
from wiki_activity.explorer.pages.group_state import MOST_NAMED, find_named
from wiki_activity.storage.my_wikis import keep_my_wikis, read_my_wikis

router = APIRouter(prefix="/mine", tags=["session"])

_Name = Annotated[
    str,
    Field(
        max_length=255,
        pattern=r"^((lang|family):[a-z0-9-]{1,64}|[a-z0-9-]+(\.[a-z0-9-]+)+)$",
        examples=["hi.wikipedia.org", "lang:bn", "family:wikisource"],
    ),
]


class MineBody(Model):
    """Which wikis, languages and families."""

    names: list[_Name] = Field(max_length=MOST_NAMED)


class MineModel(Model):
    """What is kept with the account."""

    names: list[str] | None = Field(
        description="In their order; null without a session, and where none were ever kept."
    )
    unknown_names: list[str] = Field(description="What was sent and is no known wiki or group: it is not kept.")


@router.get("", summary="The wikis that are kept with the account", responses=problems())
def show_mine(explorer: CurrentExplorer, response: Response, reader: Reader) -> MineModel:
    """Give the wikis of whoever is logged in."""
    response.headers["Cache-Control"] = "no-store"
    names = None if reader is None else read_my_wikis(explorer.engine, reader.id)
    return MineModel(names=None if names is None else list(names), unknown_names=[])


@router.put("/names", summary="Keep wikis with the account", responses=problems(400, 401, 403, 413, 415, 422))
def keep_mine(
    explorer: CurrentExplorer, snapshot: CurrentSnapshot, response: Response, person: SignedIn, body: MineBody
) -> MineModel:
    """Keep these in the place of those before."""
    response.headers["Cache-Control"] = "no-store"
    named = find_named(body.names, snapshot.catalogue, guess=False)
    keep_my_wikis(explorer.engine, person.id, named.names, explorer.clock())
    return MineModel(names=list(named.names), unknown_names=list(named.unknown))

"""`…/peaks/{month}/annotation`: what people say happened in a month, changed and read back with its history."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from fastapi import APIRouter, Request, Response

from wiki_activity.domain.annotations import Annotation, AnnotationError, check_reason, check_text
from wiki_activity.domain.concealment import conceal_history
from wiki_activity.domain.counts import Metric
from wiki_activity.explorer.accounts.dependencies import Editor, Reader, Reviewer
from wiki_activity.explorer.accounts.people import Role, is_reviewing
from wiki_activity.explorer.answers import answer
from wiki_activity.explorer.api.annotation_models import (
    AnnotationBody,
    HistoryModel,
    RevertBody,
    ReviewBody,
    revision_model,
)
from wiki_activity.explorer.api.documented import Responses, problems, readable
from wiki_activity.explorer.api.models import AnnotationModel, annotation_json, annotation_model
from wiki_activity.explorer.api.parameters import KnownWiki, MetricQuery, MonthPath, refuse
from wiki_activity.explorer.api.peak import no_peak
from wiki_activity.explorer.context import CurrentExplorer, CurrentSnapshot, Explorer
from wiki_activity.explorer.problems import ProblemError
from wiki_activity.storage.annotation_reading import read_history
from wiki_activity.storage.annotations import (
    AnnotationConflictError,
    AnnotationHiddenError,
    AnnotationMissingError,
    RevisionMissingError,
    hide_annotation,
    revert_annotation,
    save_annotation,
    unhide_annotation,
)

router = APIRouter(prefix="/projects/{project}/peaks/{month}/annotation", tags=["notes"])

_CHANGE = problems(400, 401, 403, 404, 409, 413, 415, 422)
_CREATED: Responses = {201: {"model": AnnotationModel, "description": "The first annotation of this month"}}


@router.put("", summary="Say what happened in a month", response_model=AnnotationModel, responses=_CREATED | _CHANGE)
def save(
    explorer: CurrentExplorer,
    response: Response,
    *,
    editor: Editor,
    wiki: KnownWiki,
    month: MonthPath,
    body: AnnotationBody,
    metric: MetricQuery = Metric.EDITS,
) -> AnnotationModel:
    """Save a new annotation (`version` 0), or change the one whose version is named.

    There has to be a peak by any rule, or an annotation already.
    """
    with _changing(explorer):
        text = check_text(body.label, body.note, body.link, body.kind)
        key = (metric, wiki.project, month)
        known = explorer.snapshots.read().wiki(wiki.project)
        if not any(peak.month == month for peak in known.peaks(metric)) and known.annotation(metric, month) is None:
            raise no_peak(wiki.project, month)
        saved = save_annotation(
            explorer.engine, *key, text,
            version=body.version, author=editor.name, now=explorer.clock(), even_hidden=editor.may(Role.REVIEWER),
        )  # fmt: skip
    if body.version == 0:
        response.status_code = HTTPStatus.CREATED
    return annotation_model(saved)


@router.post("/revert", summary="Go back to an earlier text", response_model=AnnotationModel, responses=_CHANGE)
def revert(
    explorer: CurrentExplorer,
    *,
    reviewer: Reviewer,
    wiki: KnownWiki,
    month: MonthPath,
    body: RevertBody,
    metric: MetricQuery = Metric.EDITS,
) -> AnnotationModel:
    """Make the text of an earlier revision the newest one again, as a new revision."""
    with _changing(explorer):
        return annotation_model(
            revert_annotation(
                explorer.engine, metric, wiki.project, month, revision=body.revision, version=body.version,
                author=reviewer.name, reason=check_reason(body.reason), now=explorer.clock(), even_hidden=True,
            )
        )  # fmt: skip


@router.post("/hide", summary="Keep an annotation from readers", response_model=AnnotationModel, responses=_CHANGE)
def hide(
    explorer: CurrentExplorer,
    *,
    reviewer: Reviewer,
    wiki: KnownWiki,
    month: MonthPath,
    body: ReviewBody,
    metric: MetricQuery = Metric.EDITS,
) -> AnnotationModel:
    """Keep all texts so far from readers; reviewers still see them."""
    with _changing(explorer):
        return annotation_model(
            hide_annotation(
                explorer.engine, metric, wiki.project, month, version=body.version, author=reviewer.name,
                reason=check_reason(body.reason), now=explorer.clock(),
            )
        )  # fmt: skip


@router.post("/unhide", summary="Show a hidden annotation again", response_model=AnnotationModel, responses=_CHANGE)
def unhide(
    explorer: CurrentExplorer,
    *,
    reviewer: Reviewer,
    wiki: KnownWiki,
    month: MonthPath,
    body: ReviewBody,
    metric: MetricQuery = Metric.EDITS,
) -> AnnotationModel:
    """Show readers again what was hidden."""
    with _changing(explorer):
        return annotation_model(
            unhide_annotation(
                explorer.engine, metric, wiki.project, month, version=body.version, author=reviewer.name,
                reason=check_reason(body.reason), now=explorer.clock(),
            )
        )  # fmt: skip


@router.get(
    "/history", summary="How an annotation came about", response_model=HistoryModel, responses=readable(404, 422)
)
async def show_history(
    request: Request,
    explorer: CurrentExplorer,
    snapshot: CurrentSnapshot,
    *,
    reader: Reader,
    wiki: KnownWiki,
    month: MonthPath,
    metric: MetricQuery = Metric.EDITS,
) -> Response:
    """List the revisions, oldest first, as the reader may see them."""
    reviewing = is_reviewing(reader)
    own = snapshot.wiki(wiki.project)
    annotation = own.annotation(metric, month)
    if annotation is None:
        raise _missing()

    def make() -> bytes:
        revisions = read_history(explorer.engine, annotation.id)
        seen = revisions if reviewing else conceal_history(revisions)
        return HistoryModel(items=[revision_model(one) for one in seen]).model_dump_json().encode()

    return await answer(request, make, version=(own.version, reviewing))


@contextmanager
def _changing(explorer: Explorer) -> Iterator[None]:
    """Turn what storage and domain refuse into answers, and let everybody see what changed."""
    try:
        yield
    except AnnotationError as error:
        raise refuse(error.field, str(error)) from None
    except AnnotationConflictError as error:
        raise _conflict(error.current) from None
    except AnnotationHiddenError:
        detail = "A reviewer has hidden what was written about this month."
        raise ProblemError(HTTPStatus.FORBIDDEN, "Hidden", detail) from None
    except RevisionMissingError:
        raise ProblemError(HTTPStatus.NOT_FOUND, "No such revision") from None
    except AnnotationMissingError:
        raise _missing() from None
    finally:
        # After a refusal too: what somebody else stored is what its reader looks at next.
        explorer.snapshots.look_again()


def _conflict(current: Annotation) -> ProblemError:
    detail = f"{current.author} was faster: version {current.version} is stored by now."
    more = {"current": annotation_json(current)}
    return ProblemError(HTTPStatus.CONFLICT, "Somebody else was faster", detail, more=more)


def _missing() -> ProblemError:
    return ProblemError(HTTPStatus.NOT_FOUND, "No annotation", "Nobody has written about this month.")

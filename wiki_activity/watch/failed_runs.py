"""The newest run that people were to be told of as failed, for pages and `status`."""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from wiki_activity.domain.notices import NoticeKind, Phase
from wiki_activity.storage.database import reading
from wiki_activity.storage.notices import find_newest_notice


@dataclass(frozen=True, slots=True)
class FailedRun:
    """A run that failed.

    Parameters
    ----------
    at
        When it was told, UTC.
    message
        What was told.
    """

    at: datetime
    message: str


def find_failed_run(engine: Engine) -> FailedRun | None:
    """Find it; None where none failed."""
    with reading(engine) as connection:
        notice = find_newest_notice(connection, NoticeKind.RUN, Phase.FAILED, "run:")
    return None if notice is None else FailedRun(notice.created_at, str(json.loads(notice.body)["text"]))

"""The annotations of Wikistats on Meta-Wiki: known faults of the data, as JSON in pages."""

import json
from typing import Any, Final

from wiki_activity.simulator.evidence.parameters import Parameters

_PREFIX: Final = "Config:Dashiki:Annotations/Wikistats/"
_ANNOTATIONS: Final[dict[str, list[dict[str, Any]]]] = {
    "edits": [
        {"date": "2024-05-17", "title": "Outage", "note": "Edits of three hours are <b>missing</b> & not restored."},
        {
            "date": "2025-11-04",
            "title": "Temporary accounts",
            "note": "Logged-out edits are made by temporary accounts on all wikis.",
            "relevantBreakdowns": ["editor_type"],
        },
        {"date": "soon", "title": "No date", "note": ""},
        {"title": "Without a date at all"},
    ],
    "editors": [
        {
            "date": "2025-11-04",
            "title": "Temporary accounts",
            "note": "One browser is one editor.",
            "relevantBreakdowns": ["editor_type"],
        }
    ],
    "newRegisteredUsers": [],
}


def read_annotations(asked: Parameters) -> dict[str, Any]:
    """Answer `prop=revisions&rvprop=content&rvslots=main&titles=Config:…`."""
    pages = []
    for place, title in enumerate(asked.words("titles")):
        metric = title.removeprefix(_PREFIX)
        if not title.startswith(_PREFIX) or metric not in _ANNOTATIONS:
            pages.append({"ns": 0, "title": title, "missing": True})
            continue
        content = json.dumps({"annotations": _ANNOTATIONS[metric]}, ensure_ascii=False)
        slot = {"contentmodel": "json", "contentformat": "application/json", "content": content}
        pages.append({"pageid": 900 + place, "ns": 0, "title": title, "revisions": [{"slots": {"main": slot}}]})
    return {"pages": pages}

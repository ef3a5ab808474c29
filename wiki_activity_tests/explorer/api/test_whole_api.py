"""The whole API against its own description: whatever fits is answered as described, whatever does not is refused."""

from collections.abc import Iterator

import pytest
import schemathesis
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import BaseSchema, Case, GenerationMode
from schemathesis.config import SchemathesisConfig

from wiki_activity.domain.note_text import NoteError, check_text
from wiki_activity_tests.explorer.api.asking import write_headers
from wiki_activity_tests.explorer.links import open_link

pytestmark = pytest.mark.slow

REAL = {"project": "hi.wikipedia.org", "month": "2025-03"}
"""Anything else would only meet 404."""


def _is_kept(field: str, text: str) -> bool:
    sample = {"label": "a label", "note": "", "link": None, "kind": "event"}
    try:
        return getattr(check_text(**(sample | {field: text})), field) == text  # type: ignore[arg-type]
    except NoteError:
        return False


# What a label may hold is more than a JSON schema can say.
_TEXT = st.text(st.characters(categories=("L", "N", "P", "S")), min_size=3, max_size=80)
schemathesis.openapi.format("one-line", _TEXT.filter(lambda text: _is_kept("label", text)))
schemathesis.openapi.format("lines", _TEXT.filter(lambda text: _is_kept("note", text)))
schemathesis.openapi.format("https-address", st.from_regex(r"https://[a-z]{1,9}\.org/[a-z/]{0,30}", fullmatch=True))


@pytest.fixture
def api(explorer_app: FastAPI) -> Iterator[BaseSchema]:
    with TestClient(explorer_app, base_url="http://localhost") as client:
        headers = write_headers(open_link(client, explorer_app))
        cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        config = SchemathesisConfig.from_dict(
            {
                "base-url": "http://localhost",
                "headers": headers | ({"Cookie": cookies} if cookies else {}),
            }
        )
        loaded = schemathesis.openapi.from_asgi(
            "/openapi.json", explorer_app, config=config, headers={"Host": "localhost"}
        )
        # A stream has no end.
        yield loaded.exclude(path="/api/v1/live/stream")


@pytest.mark.parametrize("real", [True, False], ids=["a real month", "any month"])
@pytest.mark.parametrize("mode", GenerationMode)
def test_whatever_is_sent_is_answered_as_described(api: BaseSchema, mode: GenerationMode, real: bool) -> None:
    for operation in (found.ok() for found in api.get_all_operations()):
        places = {name: value for name, value in REAL.items() if f"{{{name}}}" in operation.path}
        if places or not real:
            _try(operation.as_strategy(generation_mode=mode, path_parameters=places if real else None), mode)


def test_every_corner_of_the_description_holds(api: BaseSchema) -> None:
    for operation in (found.ok() for found in api.get_all_operations()):
        for case in api.iter_coverage_cases(
            operation, generation_modes=list(GenerationMode), generation_config=api.config.generation
        ):
            _ask(case)


def _try(cases: st.SearchStrategy[Case], mode: GenerationMode) -> None:
    @given(case=cases)
    @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
    def answer(case: Case) -> None:
        _ask(case)

    try:
        answer()
    except Unsatisfiable:
        # Of an operation without parameters nothing can be wrong.
        assert mode is GenerationMode.NEGATIVE


def _ask(case: Case) -> None:
    positive = case.meta is not None and case.meta.generation.mode.is_positive
    if positive and case.query:
        # What no schema can say: a cursor is known to its list alone, and a range does not end before it begins.
        case.query.pop("cursor", None)
        if "from" in case.query:
            case.query.pop("to", None)
    if positive and "/report" in case.path and "{" not in case.path:
        case.query = {**(case.query or {}), "wiki": [REAL["project"]]}
    if positive and isinstance(case.body, dict) and "scope" in case.body:
        # Nor which wikis and busy spells there are, and which days have come.
        case.body.pop("episode_id", None)
        case.body |= {"scope": {"kind": "wiki", "key": REAL["project"]}, "first": "2025-03-03", "last": "2025-03-09"}
    case.call_and_validate()

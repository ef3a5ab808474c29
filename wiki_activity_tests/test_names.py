"""One meaning, one word: names that once stood beside the field's own do not come back."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import wiki_activity

_ROOT = Path(wiki_activity.__file__).parent
_OLD = re.compile(
    r"(^|_)(spells?|sight|holders|livestore|live_store|judge?ments?|judging|tour|carry|earlier|shelves)(_|$)"
)
_FIRST_NAMES = {"sight", "spells", "spells_known", "spells_sentence"}
"""Fields of the API that are sent under both names until there is a version 2."""
_STORED = {"EARLIER"}
"""Tables that a migration sets aside."""
_OF_TIME = {"earlier", "_is_earlier_start", "_SAME_MONTH_OF_EARLIER_YEARS"}
"""Where the word is an ordinary one."""


def _list_names(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Assign(targets=targets):
                yield from (target.id for target in targets if isinstance(target, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name)) | ast.arg(arg=name):
                yield name


def _spell_out(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def test_old_words_are_in_no_name() -> None:
    allowed = _STORED | _OF_TIME
    found = [
        f"{file.relative_to(_ROOT)}: {name}"
        for file in _ROOT.rglob("*.py")
        for name in (re.sub(r"^v\d{4}_.*", "", file.stem), *_list_names(ast.parse(file.read_text(encoding="utf-8"))))
        if _OLD.search(_spell_out(name)) and name not in allowed | (_FIRST_NAMES if file.name == "models.py" else set())
    ]
    assert found == []


def test_the_search_for_old_words_finds_them() -> None:
    names = _list_names(ast.parse("class SpellFacts: ...\ndef find_sight(livestore): ...\njudgement = 1"))
    assert all(_OLD.search(_spell_out(name)) for name in names)

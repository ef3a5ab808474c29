"""What readers see has the same quotes and apostrophes everywhere: the curly ones, outside of code."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "wiki_activity"
PYTHON = sorted([*ROOT.glob("explorer/**/*.py"), *ROOT.glob("domain/*.py"), ROOT / "watch" / "clock_notes.py"])
TEMPLATES = sorted(ROOT.glob("explorer/templates/**/*.html"))
SCRIPTS = sorted(ROOT.glob("explorer/static/js/*.js"))
STRAIGHT = re.compile(r"[^\W\d_]['\"][^\W\d_]|s' |(?:^|\s)\"[^\W\d_]")


def read_texts(source: str) -> Iterator[str]:
    """Read the strings of a module that are no docstrings."""
    tree = ast.parse(source)
    alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in alone:
            yield node.value


def read_template(source: str) -> str:
    """Leave of a template what it says itself: no code, no tags and their attributes, no expressions."""
    without_code = re.sub(r"<(code|script|style)\b.*?</\1>", " ", source, flags=re.DOTALL)
    without_blocks = re.sub(r"\{[%#].*?[%#]\}", " ", without_code, flags=re.DOTALL)
    without_expressions = re.sub(r"\{\{.*?\}\}", "0", without_blocks, flags=re.DOTALL)
    return re.sub(r"<[^>]*>", " ", without_expressions)


@pytest.mark.parametrize("file", PYTHON, ids=lambda file: str(file.relative_to(ROOT)))
def test_texts_of_modules_have_no_straight_quotes(file: Path) -> None:
    assert [text for text in read_texts(file.read_text(encoding="utf-8")) if STRAIGHT.search(text)] == []


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: str(file.relative_to(ROOT)))
def test_texts_of_templates_have_no_straight_quotes(file: Path) -> None:
    text = read_template(file.read_text(encoding="utf-8"))
    assert re.findall(r".{0,20}['\"].{0,20}", text) == []


@pytest.mark.parametrize("file", SCRIPTS, ids=lambda file: file.name)
def test_texts_of_scripts_have_no_straight_quotes(file: Path) -> None:
    lines = [line.split("//")[0] for line in file.read_text(encoding="utf-8").split("\n")]
    code = "\n".join(line for line in lines if not line.strip().startswith(("*", "/*")))
    texts = re.findall(r"\"([^\"\n]*)\"|`([^`]*)`", code)
    assert [text for text in map("".join, texts) if re.search(r"[^\W\d_]'[^\W\d_]", text)] == []

"""What the audit of locked packages says, and when it fails."""

import importlib.util
from pathlib import Path
from typing import Any

import pytest

AUDIT = Path(__file__).parent.parent / ".ci" / "audit.py"


@pytest.fixture
def audit() -> Any:
    spec = importlib.util.spec_from_file_location("audit", AUDIT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_known_vulnerability_fails_and_is_named(audit: Any) -> None:
    flaw = {"id": "PYSEC-2026-1", "fix_versions": ["1.1"]}
    lines, code = audit.tell([{"name": "one", "version": "1.0", "vulns": [flaw]}])
    assert code == 1
    assert lines[0] == "one 1.0: PYSEC-2026-1, fixed in 1.1"


def test_what_nobody_answered_for_is_not_called_checked(audit: Any) -> None:
    lines, code = audit.tell(
        [
            {"name": "one", "version": "1.0", "vulns": []},
            {"name": "two", "skip_reason": "not found"},
        ]
    )
    assert code == 0
    assert lines == [
        "1 packages checked for known vulnerabilities, 0 found",
        "NOT CHECKED, since the database did not answer: 1 packages (two)",
    ]


def test_an_answer_about_nothing_is_no_pass(audit: Any) -> None:
    lines, _ = audit.tell([])
    assert any(line.startswith("NOT CHECKED") for line in lines)


def test_without_the_tool_it_says_so(audit: Any, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr("sys.argv", ["audit", "/nowhere/uv"])
    assert audit.main() == 0
    assert capsys.readouterr().out.startswith("NOT CHECKED")

import pytest

from wiki_activity.explorer.pictures.text_runs import Run, cut, lay_text, measure, split_scripts


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Hindi Wikipedia, 2024", ["Hindi Wikipedia, 2024"]),
        ("हिन्दी दिवस 2024", ["हिन्दी दिवस 2024"]),
        ("2024 हिन्दी", ["2024 हिन्दी"]),
        ("Edits, हिन्दी Wikipedia", ["Edits, ", "हिन्दी ", "Wikipedia"]),
        ("српски / srpski", ["српски / srpski"]),
        ("東京かな", ["東京かな"]),
        ("", []),
    ],
)
def test_a_text_is_parted_where_another_script_begins(text: str, parts: list[str]) -> None:
    assert split_scripts(text) == parts


def test_one_script_is_one_part_at_its_anchor() -> None:
    assert lay_text("हिन्दी", 500, 20, "end").anchor == "end"
    assert lay_text("हिन्दी", 500, 20, "end").runs == (Run(500, "हिन्दी"),)


def test_parts_are_laid_one_behind_the_other_around_the_anchor() -> None:
    text = "Edits, हिन्दी Wikipedia"
    for anchor, share in (("start", 0), ("middle", 0.5), ("end", 1)):
        line = lay_text(text, 500, 20, anchor)  # type: ignore[arg-type]
        assert line.anchor == "start"
        assert "".join(run.text for run in line.runs) == text
        assert line.runs[0].x == pytest.approx(500 - share * measure(text, 20), abs=0.1)
        assert [run.x for run in line.runs] == sorted(run.x for run in line.runs)


def test_marks_over_letters_take_no_room() -> None:
    assert measure("हिं", 10) < measure("हहह", 10)
    assert measure("e\u0301", 10) == measure("e", 10)


def test_a_cut_leaves_no_mark_without_its_letter() -> None:
    assert cut("short", 100, 10) == "short"
    found = cut("e\u0301" * 40, 60, 10)
    assert found.endswith("e\u0301…")
    assert measure(found, 10) <= 60
    assert cut("anything", 0, 10) == "…"

from pathlib import Path

import pytest

from wiki_activity.explorer.pictures import fonts, painter_process
from wiki_activity.explorer.pictures.fonts import list_fonts
from wiki_activity.explorer.pictures.scripts import LETTERS, find_unpaintable
from wiki_activity.explorer.pictures.text_runs import find_script

HERE = Path("/usr/share/fonts/truetype/noto")


@pytest.mark.skipif(not HERE.exists(), reason="no Noto fonts here: 'apt-get install fonts-noto-core' brings them")
def test_with_notos_fonts_only_what_they_lack_cannot_be_painted() -> None:
    assert set(find_unpaintable()) <= {"Chinese", "Japanese", "Korean"}


def test_without_any_font_nothing_can(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(painter_process, "list_fonts", list)
    assert find_unpaintable(["Latin", "Bengali"]) == ["Latin", "Bengali"]


def test_a_letter_stands_for_each_script() -> None:
    assert all(len(letter) == 1 and find_script(letter) for letter in LETTERS.values())
    assert len(set(LETTERS.values())) == len(LETTERS)


def test_of_fonts_the_upright_ones_of_one_weight_are_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("NotoSans-Regular.ttf", "NotoSans-Bold.ttf", "NotoSansTamil-Regular.ttf", "NotoSansTamil-Italic.ttf",
             "NotoSerif-Bold.ttf", "Comic.ttf")  # fmt: skip
    monkeypatch.setattr(fonts, "_FOLDERS", (str(tmp_path),))
    list_fonts.cache_clear()
    (tmp_path / names[2]).touch()
    assert list_fonts() is None
    for name in names:
        (tmp_path / name).touch()
    list_fonts.cache_clear()
    found = list_fonts()
    list_fonts.cache_clear()
    assert found is not None
    assert [Path(file).name for file in found] == [names[0], names[2], names[4]]

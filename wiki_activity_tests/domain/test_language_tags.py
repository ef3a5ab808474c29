"""The language of a wiki's name, as browsers and screen readers know it."""

import pytest

from wiki_activity.domain.wikis import Wiki, language_tag


def tag(code: str) -> str:
    return language_tag(Wiki(f"{code}.wikipedia.org", "", "wikipedia", code, "", "", "ltr", closed=False))


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("simple", "en"),
        ("als", "gsw"),
        ("bat-smg", "sgs"),
        ("be-x-old", "be-tarask"),
        ("cbk-zam", "cbk"),
        ("eml", "egl"),
        ("fiu-vro", "vro"),
        ("map-bms", "jv-x-bms"),
        ("nrm", "nrf"),
        ("roa-rup", "rup"),
        ("roa-tara", "nap-x-tara"),
        ("zh-classical", "lzh"),
        ("zh-min-nan", "nan"),
        ("zh-yue", "yue"),
    ],
)
def test_wikimedias_own_codes_become_those_of_everybody(code: str, expected: str) -> None:
    assert tag(code) == expected


@pytest.mark.parametrize("code", ["hi", "pt-br", "mul", "be-tarask", "zh"])
def test_other_codes_stay(code: str) -> None:
    assert tag(code) == code

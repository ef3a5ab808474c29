import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiki_activity.domain.note_text import (
    LABEL_MAX,
    LINK_MAX,
    NOTE_MAX,
    REASON_MAX,
    NoteError,
    NoteKind,
    NoteText,
    check_reason,
    check_text,
)

RTL_OVERRIDE = chr(0x202E)
ZERO_WIDTH_SPACE, NON_JOINER, JOINER = chr(0x200B), chr(0x200C), chr(0x200D)


def check(label: str = "Contest", note: str = "", link: str | None = None, kind: str = "contest") -> NoteText:
    return check_text(label, note, link, kind)


def refusal(**fields: str) -> NoteError:
    with pytest.raises(NoteError) as caught:
        check(**fields)
    return caught.value


def test_a_good_text_is_kept_without_blanks_at_its_ends() -> None:
    text = check(" Feminism and Folklore ", "\nLine one\r\nline two ", " https://meta.wikimedia.org/wiki/FF ")
    assert text == NoteText(
        "Feminism and Folklore", "Line one\nline two", "https://meta.wikimedia.org/wiki/FF", NoteKind.CONTEST
    )


def test_letters_and_their_marks_are_composed() -> None:
    assert check(unicodedata.normalize("NFD", "Fête")).label == unicodedata.normalize("NFC", "Fête")


@pytest.mark.parametrize("link", [None, "", "  "])
def test_an_empty_link_is_none(link: str | None) -> None:
    assert check(link=link).link is None


@pytest.mark.parametrize("label", ["abc", "x" * LABEL_MAX, "होली", "  abc  "])
def test_a_label_of_a_fitting_length_is_kept(label: str) -> None:
    assert check(label).label == label.strip()


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        ({"label": "ab"}, "label", "at least 3 characters; it has 2"),
        ({"label": "  a  "}, "label", "at least 3 characters; it has 1"),
        ({"label": "x" * 10_000}, "label", "at most 80 characters; it has 10,000"),
        ({"note": "x" * (NOTE_MAX + 1)}, "note", "at most 500 characters; it has 501"),
        ({"link": "https://a.org/" + "x" * LINK_MAX}, "link", "at most 500 characters; it has 514"),
        (
            {"kind": "party"},
            "kind",
            "event, contest, bot, import, vandalism, outage, data-error, definition-change, unk",
        ),
    ],
)
def test_what_breaks_a_rule_is_named_with_its_field(fields: dict[str, str], field: str, message: str) -> None:
    error = refusal(**fields)
    assert error.field == field
    assert message in str(error)


@pytest.mark.parametrize(
    "code",
    [
        *(0x00, 0x07, 0x0A, 0x1B, 0x7F, 0x85, 0x061C, 0x200B, 0x200E, 0x200F, 0x202A, 0x202B, 0x202C, 0x202D, 0x202E),
        *(0x2028, 0x2060, 0x2066, 0x2067, 0x2068, 0x2069, 0x00AD, 0x3164, 0x0378, 0xD800, 0xE000, 0xFEFF, 0xFFFF),
        *(0xE0041, 0x10FFFF),
    ],
)
def test_a_character_that_nobody_sees_is_refused_by_its_number(code: int) -> None:
    error = refusal(label=f"ab{chr(code)}cd")
    assert error.field == "label"
    assert f"U+{code:04X} " in str(error)
    assert "position 3" in str(error)


def test_only_a_note_has_several_lines() -> None:
    assert check(note="one\ntwo").note == "one\ntwo"
    assert "U+000A" in str(refusal(link="https://a.org/\nx"))
    assert "U+0009" in str(refusal(note="one\ttwo"))
    assert "U+202E" in str(refusal(note=f"one{RTL_OVERRIDE}two"))


@pytest.mark.parametrize(
    "label",
    [
        f"می{NON_JOINER}شود",
        f"ക്{JOINER}ഷ ഉത്സവം",
        f"Pride 🏳️{JOINER}🌈",
    ],
)
def test_joiners_are_kept_where_a_script_needs_them(label: str) -> None:
    assert check(label).label == label


@pytest.mark.parametrize("label", [f"ad{JOINER}min", f"{NON_JOINER}abc", f"abc{JOINER}", f"می{NON_JOINER}{JOINER}شود"])
def test_joiners_that_join_nothing_are_refused(label: str) -> None:
    assert "U+200" in str(refusal(label=label))


@pytest.mark.parametrize(
    "link",
    [
        "https://meta.wikimedia.org/wiki/Feminism_and_Folklore?x=1#y",
        "HTTPS://Example.org",
        "https://hi.wikipedia.org/wiki/होली",
        "https://example.org:8443/a@b",
        "https://xn--p1ai.example/",
    ],
)
def test_an_https_address_is_kept(link: str) -> None:
    assert check(link=link).link == link


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "java\tscript:alert(1)",
        "http://example.org/",
        "//example.org/",
        "example.org",
        "data:text/html,<script>",
        "https:",
        "https://",
        "https:///path",
        "https://user@example.org/",
        "https://user:secret@example.org/",
        "https://@example.org/",
        "https://good.org\\@evil.org/",
        "https://example.org/a b",
        'https://example.org/"onclick',
        "https://example.org/<b>",
        "https://exa%6dple.org/",
        "https://[::1",
        "https://-.org",
        "https://a..org/",
        "https://example.org:port/",
        f"https://example.org/{RTL_OVERRIDE}gpj",
        f"https://exam{ZERO_WIDTH_SPACE}ple.org/",
    ],
)
def test_any_other_link_is_refused(link: str) -> None:
    assert refusal(link=link).field == "link"


def test_a_reason_is_held_to_the_same_rules() -> None:
    assert check_reason(" tells a name ") == "tells a name"
    for reason, message in (("no", "at least 3"), ("x" * (REASON_MAX + 1), "at most 200"), ("a\nb c", "U+000A")):
        with pytest.raises(NoteError, match=message.replace("+", r"\+")) as caught:
            check_reason(reason)
        assert caught.value.field == "reason"


@given(st.text(st.characters(codec=None), max_size=90), st.text(max_size=510), st.text(max_size=40))
def test_whatever_is_written_is_kept_clean_or_refused(label: str, note: str, link: str) -> None:
    try:
        text = check(label, note, link)
    except NoteError:
        return
    assert 3 <= len(text.label) <= LABEL_MAX
    assert (text.label + text.note).encode()
    assert check(text.label, text.note, text.link) == text

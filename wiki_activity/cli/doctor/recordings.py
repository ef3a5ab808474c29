"""Answers of services as they may be kept: their shape, with whatever may name somebody replaced."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from wiki_activity.domain.hashtags import find_hashtags
from wiki_activity.domain.logged_out import is_logged_out
from wiki_activity.domain.talk_templates import find_templates

_KEPT: Final = (
    frozenset(
        ("timestamp", "registration", "creation_date", "start", "end", "start_time", "end_time", "timezone", "date")
    )
    | frozenset(
        ("project", "editor-type", "page-type", "granularity", "language", "type", "types", "action", "level", "status")
    )
    | frozenset(
        (
            "tags",
            "groups",
            "wikis",
            "canonical",
            "contentmodel",
            "contentformat",
            "arvcontinue",
            "lecontinue",
            "continue",
        )
    )
)
"""Strings below these keys are words of the services' own; all others are taken for words of people."""
_NAMES: Final = frozenset({"user", "user_text", "username"})
_NUMBERS: Final = frozenset({"userid", "id", "logid", "revid", "parentid", "pageid"})
"""Numbers of accounts, and what leads to them."""
_TITLES: Final = frozenset({"page_title", "article"})
_OF_PEOPLE: Final = re.compile(r"(?i)user[ _]?(talk)?:|/")
_TEXT: Final = "text"
_QUOTED: Final = re.compile(r"'(?P<text>[^'\n]*)'")
_HARMLESS: Final = re.compile(r"from|to|range|IP|dbname|value|[a-z_]+wiki[a-z]*|\d{4}-\d\d-\d\dT[0-9:+ ]+")
"""Keys, names of databases and moments in the list of lifted limits."""


def clean(value: Any, key: str = "") -> Any:
    """Return an answer without what may name somebody: names, summaries, titles of their pages, texts, ids.

    Of a name stays whether it is an account's, a temporary one's or an address; of a summary its hashtags and
    templates; of what is not known to be a service's own word nothing but that it was a text.
    """
    if isinstance(value, Mapping):
        # Of a change tag its name is a service's own word, and of an account it is not.
        plain = {"name"} if key == "tags" else set()
        return {_clean_key(name): one if name in plain else clean(one, name) for name, one in value.items()}
    if isinstance(value, list):
        return [clean(one, key) for one in value]
    if isinstance(value, str):
        return _clean_text(value, key)
    return 0 if key in _NUMBERS and type(value) is int and value else value


def _clean_key(name: str) -> str:
    # Counts of a programme are by wiki, and so are keys; names are values everywhere.
    return name if len(name) <= 80 else _TEXT


def _clean_text(text: str, key: str) -> str:
    if key in _NAMES:
        return _hide_name(text)
    if key == "comment":
        found = [f"#{tag}" for tag in sorted(find_hashtags(text))]
        return " ".join([*found, *(f"{{{{{name}}}}}" for name in sorted(find_templates(text)))])
    if key in _TITLES:
        return _TEXT if _OF_PEOPLE.search(text) else text
    return text if key in _KEPT else _TEXT


def _hide_name(name: str) -> str:
    if not is_logged_out(name):
        return "Account"
    return "~2026-1" if name.startswith("~") else "192.0.2.1"


def clean_php(text: str) -> str:
    """Return the list of lifted limits without what is no key, moment or database: addresses, names, comments."""
    bare = re.sub(r"/\*.*?\*/|(?<!:)//(?! T\d)[^\n]*|#[^\n]*", "", text, flags=re.DOTALL)
    return _QUOTED.sub(lambda one: one[0] if _HARMLESS.fullmatch(one["text"]) else f"'{_TEXT}'", bare)


def save(folder: Path, name: str, asked: str, answer: Any) -> Path:
    """Write a cleaned answer, with what was asked for, and return where; what was there is replaced.

    Raises
    ------
    OSError
        When it cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    # A programme's address has its own name, and who holds it.
    asked = re.sub(r"/courses/.*/course\.json", "/courses/…/course.json", urlsplit(asked).path)
    recording = {"asked": asked, "answer": answer}
    path.write_text(json.dumps(recording, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return path

"""The fonts of this machine that pictures are painted with."""

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

_FOLDERS = (
    "/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts", "/Library/Fonts",
    "/System/Library/Fonts", "~/Library/Fonts",
)  # fmt: skip
_WANTED = re.compile(
    r"(NotoSans[A-Za-z]*-Regular|NotoSerif-(Regular|Bold)|NotoSerifTibetan-Regular|DejaVuSans)"
    r"\.(ttf|otf|ttc)"
)
_NEEDED = "NotoSans-Regular.ttf"


@lru_cache(1)
def list_fonts() -> Sequence[str] | None:
    """List the files of fonts that go together, upright ones of one weight: Noto's of every script.

    None where those are not here: then any font will do, and all are looked through for each picture.
    """
    folders = (Path(folder).expanduser() for folder in _FOLDERS)
    found = {
        file.name: str(file)
        for folder in folders
        if folder.is_dir()
        for file in folder.rglob("*.*")
        if _WANTED.fullmatch(file.name)
    }
    return [found[name] for name in sorted(found)] if _NEEDED in found else None

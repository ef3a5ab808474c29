"""Which edits were made without an account: by the form of the name under which they were saved."""

import re
from typing import Final

UNREGISTERED: Final = frozenset("0123456789~:abcdefABCDEF")
"""What such a name begins with; most other names do not."""
_NAME: Final = re.compile(
    r"~2\d{3}-\d.*"  # a temporary account: ~2026-12345-67
    r"|\d{1,3}(\.\d{1,3}){3}"
    r"|(?=[^:]*:[^:]*:)[0-9A-Fa-f:]{2,39}",
    re.ASCII,
)


def is_logged_out(user: str | None) -> bool:
    """Tell whether a name is an address or a temporary account's; where the name was removed, it is taken not to be.

    MediaWiki refuses names of these forms to everybody who registers.
    """
    return user is not None and user[:1] in UNREGISTERED and _NAME.fullmatch(user) is not None

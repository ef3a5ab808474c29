"""Where a reader goes on after a login: to a page of ours, whatever the address says."""

_LONGEST = 2000
_NO_PAGES = ("/login", "/logout", "/oauth/")


def local_path(text: str) -> str:
    """Return the text if it is a path of this site, else the board's path.

    Browsers take `//host` and, after turning backslashes round and leaving out tabs and line ends, much else for
    another host; so what has any of these is refused as a whole.
    """
    is_path = text.startswith("/") and not text.startswith("//") and "\\" not in text and text.isprintable()
    return text if is_path and len(text) <= _LONGEST and not text.startswith(_NO_PAGES) else "/"

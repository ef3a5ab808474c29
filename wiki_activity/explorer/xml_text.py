"""Text as XML may hold it."""


def clean(text: str) -> str:
    """Put U+FFFD in the place of what XML cannot hold at all, escaped or not; the earlier program kept such."""
    return "".join(character if _is_allowed(character) else "\ufffd" for character in text)


def _is_allowed(character: str) -> bool:
    return (
        character in "\t\n\r"
        or "\u0020" <= character <= "\ud7ff"
        or "\ue000" <= character <= "\ufffd"
        or character >= "\U00010000"
    )

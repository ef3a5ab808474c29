"""Options of long lists, written once: as a loop of a template they take longer than the rest of a page."""

from functools import lru_cache

from markupsafe import Markup

Choices = tuple[tuple[str, str], ...]
"""Values, and what a reader sees of each."""


def write_options(choices: Choices, chosen: str) -> Markup:
    """Write the options of a list, one of them chosen; none is where `chosen` is not among them."""
    options = _write(choices)
    # The replaced text is as escaped as the one that takes its place.
    return Markup(options.replace(_begin(chosen), _begin(chosen)[:-1] + Markup(" selected>"), 1))  # noqa: S704


@lru_cache(8)
def _write(choices: Choices) -> Markup:
    options = (_begin(value) + Markup("{}</option>").format(text) for value, text in choices)
    return Markup("\n").join(options)


def _begin(value: str) -> Markup:
    return Markup('<option value="{}">').format(value)

"""Reading changes of settings from JSON, strictly: an unknown name or another type is refused, never passed over."""

import json
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Settings = TypeVar("Settings", bound="DataclassInstance")


class ChangeError(ValueError):
    """A change of the settings that cannot be made; nothing is changed then."""


def exchange(settings: Settings, wanted: object) -> Settings:
    """Return the settings with some values exchanged.

    Raises
    ------
    ChangeError
        If a name is unknown, or a value is of another type than before or out of range.
    """
    if not isinstance(wanted, dict):
        msg = f"expected an object of settings, not {wanted!r}"
        raise ChangeError(msg)
    names = {field.name for field in fields(settings)}
    values: dict[str, Any] = {}
    for name, value in wanted.items():
        if name not in names:
            msg = f"unknown: {name}; changeable are {', '.join(sorted(names))}"
            raise ChangeError(msg)
        values[name] = _fit(name, value, getattr(settings, name))
    try:
        return replace(settings, **values)
    except ValueError as error:
        raise ChangeError(str(error)) from error


def _fit(name: str, value: object, present: object) -> object:
    if isinstance(present, tuple) and isinstance(value, list) and all(isinstance(entry, str) for entry in value):
        return tuple(value)
    if isinstance(present, float) and type(value) in {int, float}:
        return float(str(value))
    if type(value) is type(present) and not isinstance(value, tuple):
        return value
    msg = f"{name} is {present!r} now; {value!r} is of another type"
    raise ChangeError(msg)


def read_object(body: bytes) -> dict[str, Any]:
    """Read a JSON object.

    Raises
    ------
    ChangeError
        If it is none.
    """
    try:
        document = json.loads(body)
    except ValueError as error:
        msg = f"not JSON: {error}"
        raise ChangeError(msg) from error
    if not isinstance(document, dict):
        msg = f"expected an object, not {document!r}"
        raise ChangeError(msg)
    return document

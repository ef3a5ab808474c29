"""compose.yaml as `docker compose` reads it: its variables filled in, its services in the order of their starts."""

import re
from collections.abc import Mapping, Sequence
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "deploy" / "compose" / "env.example"
OWN_IMAGE = "wiki-activity:"
_VARIABLE = re.compile(r"\$\$|\$\{(?P<name>\w+)(?P<other>:[-?][^}]*)?\}")


class LackingError(Exception):
    """A variable that compose.yaml insists on is not set."""


def read_compose(environment: Mapping[str, str]) -> dict[str, Any]:
    """Read compose.yaml with the variables of an .env."""
    document: dict[str, Any] = yaml.safe_load(_fill_in((ROOT / "compose.yaml").read_text("utf-8"), environment))
    return document


def read_env_file(text: str) -> dict[str, str]:
    """Read what an .env says."""
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return dict(line.split("=", 1) for line in lines)


def order_services(services: Mapping[str, Any]) -> Sequence[str]:
    """Name the services, each after those that it depends on."""
    return list(TopologicalSorter({name: one.get("depends_on", {}) for name, one in services.items()}).static_order())


def is_own(service: Mapping[str, Any]) -> bool:
    """Tell whether a service is a role of ours."""
    return str(service["image"]).startswith(OWN_IMAGE)


def read_image_environment() -> dict[str, str]:
    """Read what the image itself sets, PATH left out: here the programs are elsewhere."""
    last = re.split(r"^FROM ", (ROOT / "Dockerfile").read_text("utf-8"), flags=re.MULTILINE)[-1]
    (block,) = re.findall(r"^ENV (.*(?:\\\n.*)*)", last, flags=re.MULTILINE)
    return {name: value for name, value in re.findall(r"(\w+)=(\S+)", block) if name != "PATH"}


def read_image_user() -> tuple[int, int]:
    """Read as whom the image runs, user and group."""
    ((user, group),) = re.findall(r"^USER (\d+):(\d+)$", (ROOT / "Dockerfile").read_text("utf-8"), flags=re.MULTILINE)
    return int(user), int(group)


def _fill_in(text: str, environment: Mapping[str, str]) -> str:
    def replace(found: re.Match[str]) -> str:
        if found[0] == "$$":
            return "$"
        name, other = found["name"], found["other"] or ""
        value = environment.get(name, "")
        if value or not other:
            return value
        if other.startswith(":?"):
            raise LackingError(f"{name}: {other[2:]}")
        return other[2:]

    return _VARIABLE.sub(replace, text)

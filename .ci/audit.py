"""Tell whether any locked package has a known vulnerability: 1 if so, and NOT CHECKED for what nobody answered."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_COMMAND = ("tool", "run", "--quiet", "pip-audit", "--format", "json", "--progress-spinner", "off", "--timeout", "15")
_LOCK = Path(__file__).parent.parent / "requirements-dev.txt"
_SECONDS = 300


def main() -> int:
    """Ask about the locked packages."""
    own = ("--disable-pip", "--require-hashes", "--requirement", str(_LOCK))
    try:
        asked = subprocess.run(  # noqa: S603 - the uv that set-up installed
            [sys.argv[1], *_COMMAND, *own], check=False, capture_output=True, text=True, timeout=_SECONDS
        )
        answer = json.loads(asked.stdout)["dependencies"]
    except (OSError, subprocess.TimeoutExpired) as error:
        print(f"NOT CHECKED for known vulnerabilities: {error}")
        return 0
    except (ValueError, KeyError):
        print(f"NOT CHECKED for known vulnerabilities: {_last_line(asked.stderr)}")
        return 0
    lines, code = tell(answer)
    print("\n".join(lines))
    return code


def tell(dependencies: Sequence[Mapping[str, Any]]) -> tuple[list[str], int]:
    """Say what pip-audit found of each package, and return the exit code with it.

    Parameters
    ----------
    dependencies
        Each has `name` and either `version` and `vulns`, or `skip_reason`.
    """
    found = [
        f"{one['name']} {one['version']}: {flaw['id']}, fixed in {', '.join(flaw['fix_versions']) or 'none yet'}"
        for one in dependencies
        for flaw in one.get("vulns", ())
    ]
    skipped = [one["name"] for one in dependencies if "skip_reason" in one]
    checked = len(dependencies) - len(skipped)
    lines = [*found, f"{checked} packages checked for known vulnerabilities, {len(found)} found"]
    if skipped or not dependencies:
        some = ", ".join(skipped[:3]) + (", …" if len(skipped) > 3 else "")
        lines.append(f"NOT CHECKED, since the database did not answer: {len(skipped)} packages ({some})")
    return lines, 1 if found else 0


def _last_line(text: str) -> str:
    return next((line for line in reversed(text.splitlines()) if line.strip()), "it said nothing")


if __name__ == "__main__":
    sys.exit(main())

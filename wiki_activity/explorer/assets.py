"""The files that pages load: their fingerprints, and whether uPlot is here and is the file that was chosen."""

import base64
import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import msgspec

logger = logging.getLogger(__name__)

STATIC = Path(__file__).parent / "static"
MANIFEST = Path(__file__).parent / "assets.json"
UPLOT = "vendor/uplot"


class Library(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One third-party library: its version, and what each of its files hashes to, as ``sha384-…``."""

    version: str
    files: dict[str, str]


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What ``assets.json`` holds: the libraries that set-up brings."""

    uplot: Library


@dataclass(frozen=True, slots=True)
class Assets:
    """The static files as they were when the explorer started.

    Parameters
    ----------
    version
        uPlot's version, or nothing when ``problem`` says why charts cannot be drawn.
    problem
        A sentence for the reader of a page, or nothing.
    hashes
        Of each file, by its path below :data:`STATIC` with forward slashes, ``sha384-…`` as browsers check it.
    """

    version: str | None
    problem: str | None
    hashes: Mapping[str, str]

    @property
    def uplot(self) -> bool:
        """Whether charts can be drawn."""
        return self.problem is None

    def integrity(self, path: str) -> str:
        """Return the value of an ``integrity`` attribute for a file, such as ``vendor/uplot/uPlot.min.css``.

        Raises
        ------
        LookupError
            If there was no such file at the start: a page that names one is wrong.
        """
        if path not in self.hashes:
            raise LookupError(f"there is no static file {path}")
        return self.hashes[path]

    def fingerprint(self, path: str) -> str:
        """Return twelve characters that change with the file's content, for the end of its address.

        Raises
        ------
        LookupError
            If there was no such file at the start.
        """
        return _shorten(self.integrity(path))

    @property
    def release(self) -> str:
        """Twelve characters that change with any of the files.

        As a folder in the addresses, ``/static/{release}/app.js``, they reach the modules that a module imports by a
        relative path as well, which an ending of ``?v=…`` does not.
        """
        listed = "".join(f"{path} {self.hashes[path]}\n" for path in sorted(self.hashes))
        return _shorten(_hash(listed.encode()))


def find_assets(static: Path = STATIC, manifest: Path = MANIFEST) -> Assets:
    """Read and hash every static file, and hold uPlot's against the manifest.

    Raises
    ------
    OSError
        If one of our own files cannot be read. What is wrong with uPlot's goes into ``problem``.
    """
    wanted = read_manifest(manifest).uplot
    vendor = static / UPLOT
    own = sorted(path for path in static.rglob("*") if path.is_file() and not path.is_relative_to(static / "vendor"))
    hashes = {path.relative_to(static).as_posix(): _hash(path.read_bytes()) for path in own}
    problem = None
    for name, expected in wanted.files.items():
        try:
            found = _hash((vendor / name).read_bytes())
        except FileNotFoundError:
            problem = "which could not be fetched at set-up"
        except OSError as error:
            problem = f"whose file {name} cannot be read ({error.strerror})"
        else:
            if found == expected:
                hashes[f"{UPLOT}/{name}"] = found
            else:
                problem = f"whose file {name} is not the one that was chosen"
    if problem is None:
        return Assets(version=wanted.version, problem=None, hashes=MappingProxyType(hashes))
    sentence = f"Charts are missing: they are drawn by uPlot {wanted.version}, {problem}."
    logger.warning("%s 'make clean setup' fetches it", sentence)
    return Assets(version=None, problem=sentence, hashes=MappingProxyType(hashes))


def read_manifest(path: Path = MANIFEST) -> Manifest:
    """Read which libraries, and which of their files, the pages need."""
    return msgspec.json.decode(path.read_bytes(), type=Manifest)


def _hash(content: bytes) -> str:
    return "sha384-" + base64.b64encode(hashlib.sha384(content).digest()).decode()


def _shorten(integrity: str) -> str:
    return base64.b64decode(integrity.removeprefix("sha384-")).hex()[:12]

"""A picture as whoever takes it sees it: its texts, its size, and whether anything is drawn where."""

import struct
import zlib
from xml.etree import ElementTree as ET

from fastapi.testclient import TestClient

SVG = "{http://www.w3.org/2000/svg}"
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def read_svg(client: TestClient, address: str) -> ET.Element:
    """The picture, which is XML and names no other file."""
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("image/svg+xml")
    root = ET.fromstring(answer.text)
    assert root.tag == f"{SVG}svg"
    # It is opened by itself, under a policy that lets in neither scripts nor styles.
    assert {one.tag for one in root.iter()} <= {SVG + name for name in ALLOWED}
    names = {name for one in root.iter() for name in one.attrib}
    assert not {name for name in names if name.startswith("on") or name in {"style", "class", "href"}}
    return root


ALLOWED = ("svg", "title", "desc", "rect", "text", "tspan", "g", "path", "circle")


def read_texts(root: ET.Element) -> list[str]:
    """The lines that are drawn."""
    return ["".join(one.itertext()) for one in root.iter(f"{SVG}text")]


def read_size(png: bytes) -> tuple[int, int]:
    """Width and height of a PNG."""
    assert png.startswith(SIGNATURE)
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def count_colours(png: bytes) -> int:
    """How many kinds of rows a PNG has, by their packed bytes: an empty picture has one or two."""
    at, packed = 8, b""
    while at < len(png):
        size = struct.unpack(">I", png[at : at + 4])[0]
        if png[at + 4 : at + 8] == b"IDAT":
            packed += png[at + 8 : at + 8 + size]
        at += size + 12
    _, height = read_size(png)
    rows = zlib.decompress(packed)
    step = len(rows) // height
    return len({rows[at : at + step] for at in range(0, len(rows), step)})

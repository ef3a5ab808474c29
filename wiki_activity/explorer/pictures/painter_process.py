"""A process that paints SVG as PNG, one at a time, until whoever started it is gone.

It is a process of its own since the library holds Python's lock for all of a painting, some tenths of a second in which
the explorer would answer nobody; and what it might do to a process it does to this one.
"""

import struct
import sys
from typing import BinaryIO

import resvg_py

from wiki_activity.explorer.pictures.fonts import list_fonts

HEAD = struct.Struct(">BI")
"""Before each message: 1, or 0 where there is no picture; and how many bytes follow."""

_SANS = "Noto Sans"


def paint(svg: str) -> bytes:
    """Paint a picture as PNG, with the fonts of this machine.

    Raises
    ------
    ValueError
        If it is no SVG.
    """
    fonts = list_fonts()
    png = resvg_py.svg_to_bytes(
        svg_string=svg,
        background="#ffffff",
        font_family=_SANS,
        sans_serif_family=_SANS,
        serif_family="Noto Serif",
        skip_system_fonts=fonts is not None,
        font_files=None if fonts is None else list(fonts),
    )
    return bytes(png)


def serve(asked: BinaryIO, answered: BinaryIO) -> None:
    """Answer each SVG with a PNG, or with nothing where there is none."""
    while len(head := asked.read(HEAD.size)) == HEAD.size:
        svg = asked.read(HEAD.unpack(head)[1])
        try:
            png, done = paint(svg.decode()), 1
        except ValueError:
            png, done = b"", 0
        answered.write(HEAD.pack(done, len(png)) + png)
        answered.flush()


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)

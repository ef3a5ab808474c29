import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from wiki_activity.explorer.pictures import painter as module
from wiki_activity.explorer.pictures.painter import MOST_WAITING, Painter, PaintingError
from wiki_activity.explorer.problems import ProblemError
from wiki_activity_tests.explorer.pictures.reading import SIGNATURE, read_size

SMALL = b'<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10"><path d="M0 0h9v9z"/></svg>'


@pytest.fixture
def painter() -> Iterator[Painter]:
    painter = Painter()
    yield painter
    painter.close()


def pid_of(painter: Painter) -> int:
    """The process that paints."""
    assert painter._process is not None
    return painter._process.pid


def test_one_process_paints_one_picture_after_another(painter: Painter) -> None:
    assert read_size(painter.paint_now(SMALL)) == (20, 10)
    first = pid_of(painter)
    assert painter.paint_now(SMALL).startswith(SIGNATURE)
    assert pid_of(painter) == first


@pytest.mark.parametrize("svg", [b"", b"no picture", b"<svg", b"\xff\xfe", b'<svg xmlns="http://www.w3.org/2000/svg"'])
def test_what_is_no_svg_is_refused_and_the_next_one_painted(painter: Painter, svg: bytes) -> None:
    painter.paint_now(SMALL)
    first = pid_of(painter)
    with pytest.raises(PaintingError):
        painter.paint_now(svg)
    assert painter.paint_now(SMALL).startswith(SIGNATURE)
    assert pid_of(painter) == first


def test_a_process_that_was_killed_is_replaced(painter: Painter) -> None:
    painter.paint_now(SMALL)
    os.kill(pid_of(painter), signal.SIGKILL)
    with_luck = []
    for _ in range(2):
        try:
            with_luck.append(painter.paint_now(SMALL))
        except OSError:
            # It was asked before it was seen to be gone.
            with_luck.append(b"")
    assert with_luck[-1].startswith(SIGNATURE)


def test_a_process_that_hangs_is_ended_and_replaced() -> None:
    painter = Painter(patience_seconds=0.3)
    painter._patience = 10
    painter.paint_now(SMALL)
    hanging = pid_of(painter)
    os.kill(hanging, signal.SIGSTOP)
    painter._patience = 0.3
    with pytest.raises(TimeoutError):
        painter.paint_now(SMALL)
    painter._patience = 10
    assert painter.paint_now(SMALL).startswith(SIGNATURE)
    with pytest.raises(ProcessLookupError):
        os.kill(hanging, 0)
    painter.close()


def test_nobody_waits_behind_too_many(painter: Painter, monkeypatch: pytest.MonkeyPatch) -> None:
    async def ask() -> list[bytes | BaseException]:
        asked = [painter.paint(SMALL) for _ in range(MOST_WAITING + 3)]
        return await asyncio.gather(*asked, return_exceptions=True)

    answers = asyncio.run(ask())
    refused = [one for one in answers if isinstance(one, ProblemError)]
    assert [one.status for one in refused] == [503] * 3
    assert all(one.headers["Retry-After"] for one in refused)
    assert sum(isinstance(one, bytes) for one in answers) == MOST_WAITING


def test_a_machine_that_cannot_paint_answers_503(painter: Painter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MODULE", "wiki_activity.no_such_module")
    with pytest.raises(ProblemError) as refused:
        asyncio.run(painter.paint(SMALL))
    assert refused.value.status == 503


def test_the_process_ends_with_the_one_that_began_it(tmp_path: Path) -> None:
    program = (
        "import os, time\n"
        "from wiki_activity.explorer.pictures.painter import Painter\n"
        f"painter = Painter(); painter.paint_now({SMALL!r})\n"
        f"open({str(tmp_path / 'pid')!r}, 'w').write(str(painter._process.pid))\n"
        "os.kill(os.getpid(), 9)\n"
    )
    asyncio.run(_run(program))
    child = int((tmp_path / "pid").read_text())
    for _ in range(500):
        if _is_gone(child):
            return
        asyncio.run(asyncio.sleep(0.02))
    pytest.fail("the painter lives on")


async def _run(program: str) -> None:
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", program)
    await asyncio.wait_for(process.wait(), 60)


def _is_gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True
    # Where nothing takes in orphans it stays as a name.
    return state == "Z"
